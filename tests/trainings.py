"""A dir that is trained, and what a training of it leaves."""

from helpers.model.results.training import TrainingResult, TrainingState

HEAD = "a1" * 20
SETTINGS = """\
command: [train, '{lr}']
models: [net, olsr]
parameters:
  lr: {type: number, min: 1e-6, max: 1, default: 0.01}
metrics:
  rmse: {file: m.json, key: rmse, better: lower}
"""
RESULT = TrainingResult(
    run="20260131-120000-abcdef",
    dir="apps/churn",
    model="net",
    parameters={"lr": 0.1},
    seed=7,
    commit=HEAD,
    dirty=False,
    inputs="b" * 64,
    started="2026-01-31T12:00:00+00:00",
    network="none",
    command=("train", "0.1"),
    image_digest="sha256:" + "c" * 64,
    state=TrainingState.SUCCEEDED,
    seconds=12.5,
    metrics={"rmse": 0.5},
    better={"rmse": "lower"},
)
