"""`i train` as its users type it: in the dir's container, and what it leaves."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpers.containers.inventory import stop_own
from helpers.engine.client import Client
from helpers.model import labels
from helpers.model.labels import own_labels
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import ProcessResult, run
from tests import engine
from tests.builders import TEST_REPO, commit_all, git, make_repo, write_files
from tests.integration.conftest import Workplace

pytestmark = pytest.mark.slow

_START = TOOLCHAIN_ROOT / "helpers" / "tasks" / "start.py"
_FILE = "apps/churn/devops/train.yaml"
_SETTINGS = """\
command: [python, fit.py, "{model}", "--lr={lr}"]
models: [net, greedy, stuck, stale, leaving]
parameters:
  lr: {type: number, min: 1e-6, max: 1, default: 0.01}
  epoch: {type: integer, min: 1, max: 100, default: 10}
metrics:
  rmse: {file: out/metrics.json, key: test.rmse, better: lower}
resources: {memory: 64m}
timeout: 8
"""
_FIT = """\
import json, os, pathlib, random, socket, sys, time

model = sys.argv[1]
random.seed(int(os.environ["HELPERS_TRAIN_SEED"]))
given = json.loads(os.environ["HELPERS_TRAIN_PARAMETERS"])
reached = True
try:
    socket.create_connection(("192.0.2.1", 80), 1)
except TimeoutError:
    pass
except OSError:
    reached = False
print(json.dumps([sys.argv[1:], given, reached, sorted(os.listdir("../.."))]), flush=True)
if model == "greedy":
    kept = [bytearray(b"x" * (1 << 20)) for _ in range(300)]
if model == "stuck":
    time.sleep(300)
if model == "stale":
    sys.exit(0)
out = pathlib.Path("out")
if model == "leaving":
    (out / "metrics.json").unlink()
    (out / "metrics.json").symlink_to("/etc/hostname")
    (out / "host").symlink_to("/")
    sys.exit(0)
(out / "metrics.json").write_text(json.dumps({"test": {"rmse": random.random()}}))
"""


class Trained:
    """A repo with a dir that trains, and what its user types."""

    def __init__(self, workplace: Workplace) -> None:
        self.workplace = workplace
        self.root = workplace.repo.root
        self.dir = self.root / "apps" / "churn"
        workplace.add_dir(
            "apps/churn",
            "",
            **{
                "devops/train.yaml": _SETTINGS,
                "fit.py": _FIT,
                "out/metrics.json": '{"test": {"rmse": 0}}\n',
            },
        )

    def command(self, *args: str) -> list[str]:
        python = self.workplace.invoke_command()[0]
        return [python, "-I", str(_START), "--search-root", str(TOOLCHAIN_ROOT), "train", *args]

    def train(self, *args: str) -> ProcessResult:
        return run(self.command(*args), cwd=self.dir, check=False, timeout=120)

    def result(self, done: ProcessResult) -> dict[str, Any]:
        (line,) = [one for one in done.stdout.splitlines() if one.startswith("results: ")]
        folder = self.dir / line.split()[1]
        found = json.loads((folder / "result.json").read_text())
        return {**found, "folder": folder}

    def left(self) -> list[str]:
        """What a training that is over has not removed."""
        names = [item.name for item in engine.containers(own_labels(self.workplace.repo))]
        views = (self.root / "tmp.helpers" / "views").glob("*")
        return [*names, *(path.name for path in views)]


@pytest.fixture(scope="module")
def churn(client: Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trained]:
    """One for all tests: each leaves no more than a folder of results."""
    folder = TOOLCHAIN_ROOT / "tmp.helpers" / "tests" / f"train-{os.getpid()}"
    repo = make_repo(folder / "repo", config=f"name: {TEST_REPO}\n")
    yield Trained(Workplace(repo, client))
    stop_own(client, repo, force=True)
    run(["rm", "-rf", str(folder)])


@pytest.mark.superslow
def test_a_model_is_trained_from_its_inputs_alone_and_can_be_repeated(churn: Trained) -> None:
    (churn.root / "unrelated").mkdir(exist_ok=True)
    (churn.root / "unrelated" / "secret.txt").write_text("x")
    commit = commit_all(churn.root)
    done = churn.train("net", "lr=0.1", "@" + commit[:12])
    assert done.status == 0, done.stdout + done.stderr
    told = json.loads(done.stdout.splitlines()[0])
    assert told[:3] == [["net", "--lr=0.1"], {"lr": 0.1, "epoch": 10}, False]
    assert "unrelated" not in told[3]
    result = churn.result(done)
    assert (result["state"], result["commit"], result["dirty"]) == ("succeeded", commit, False)
    assert result["image_digest"].startswith("sha256:")
    assert list(result["metrics"]) == ["rmse"]
    assert result["files"] == ["out/metrics.json"]
    assert json.loads((result["folder"] / "log.txt").read_text()) == told
    # Git sees nothing of it, and the work tree has what it had.
    assert git(churn.root, "status", "--porcelain") == ""
    assert json.loads((churn.dir / "out" / "metrics.json").read_text()) == {"test": {"rmse": 0}}
    assert churn.left() == []
    again = churn.train("--dir", "apps/churn", "--repeat", str(result["folder"]))
    assert again.status == 0, again.stdout + again.stderr
    repeated = churn.result(again)
    assert repeated["metrics"] == result["metrics"]
    assert (repeated["seed"], repeated["repeats"]) == (result["seed"], result["run"])
    (churn.dir / "fit.py").write_text(_FIT + "# another\n")
    other = churn.train("--repeat", str(result["folder"] / "result.json"))
    git(churn.root, "checkout", "--", ".")
    assert other.status == 2
    assert "was trained from is not what is here" in other.stderr


@pytest.mark.parametrize(
    ("model", "problem"),
    [
        (
            "greedy",
            f"a process ran out of memory: {_FILE} gives it 64m of memory",
        ),
        ("stale", "the command wrote no out/metrics.json, where rmse should be"),
        ("leaving", "the command wrote no out/metrics.json, where rmse should be"),
    ],
)
def test_a_training_without_its_metric_has_failed(churn: Trained, model: str, problem: str) -> None:
    done = churn.train(model)
    result = churn.result(done)
    assert (done.status, result["state"], result["problem"]) == (1, "failed", problem)
    assert f"error: {problem}" in done.stderr
    assert result["last_lines"] == (result["folder"] / "log.txt").read_text().splitlines()
    assert not [path for path in result["folder"].rglob("*") if path.is_symlink()]
    assert churn.left() == []


@pytest.mark.superslow
def test_a_training_ends_when_its_time_is_up(churn: Trained) -> None:
    done = churn.train("stuck")
    problem = f"it took longer than 8 s, the timeout in {_FILE}"
    assert churn.result(done)["problem"] == problem
    assert (done.status, churn.left()) == (1, [])


@pytest.mark.superslow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing(churn: Trained, number: signal.Signals) -> None:
    before = _results(churn.dir)
    with subprocess.Popen(
        churn.command("stuck"), cwd=churn.dir, stdout=subprocess.PIPE, text=True
    ) as started:
        assert started.stdout is not None
        assert json.loads(started.stdout.readline())[0][0] == "stuck"
        started.send_signal(number)
        assert started.wait(timeout=30) == 130
    assert churn.left() == []
    assert _results(churn.dir) == before


def test_what_is_not_allowed_starts_nothing(churn: Trained) -> None:
    before = _results(churn.dir)
    done = churn.train("net", "lr=$(touch x)")
    assert (done.status, done.stdout) == (2, "")
    assert done.stderr == (
        "error: a parameter is written as name=value, found 'lr=$(touch x)'\n"
        "  where: apps/churn/devops/train.yaml\n"
        "  fix:   i train --dir apps/churn net lr=0.01 epoch=10\n"
    )
    assert _results(churn.dir) == before


def _results(dir: Path) -> set[str]:
    return {path.name for path in (dir / "results").glob("*")}


@pytest.mark.superslow
def test_the_tree_of_another_checkout_is_data(churn: Trained, tmp_path: Path) -> None:
    ran, secret = tmp_path / "ran", tmp_path / "secret"
    secret.write_text("secret")
    tree = tmp_path / "pr"
    git(tmp_path, "clone", "--quiet", str(churn.root), str(tree))
    marks = f"import os; os.system('touch {ran}')\n"
    write_files(
        tree,
        {
            "repo_config.yaml": f"name: x\nenvironment: [TOKEN]\ncertificates: {secret}\n",
            "tasks.py": marks,
            "setenv.sh": f"touch {ran}\n",
            ".gitattributes": "* filter=evil\n",
            ".gitmodules": f'[submodule "x"]\npath = x\nurl = x\nupdate = !touch {ran}\n',
            "apps/churn/devops/train.yaml": f"{_SETTINGS}network: default\n",
            "apps/churn/fit.py": _FIT + 'print(open("/proc/self/environ").read(), os.listdir())\n',
        },
    )
    (tree / "apps" / "churn" / "host").symlink_to(secret)
    for name in ("core.fsmonitor", "filter.evil.clean", "filter.evil.smudge"):
        git(tree, "config", name, f"touch {ran}; cat")
    done = run(
        churn.command("--tree", str(tree), "net", "lr=0.1"),
        cwd=churn.dir,
        env={"TOKEN": "very secret"},
        check=False,
        timeout=120,
    )
    assert done.status == 0, done.stdout + done.stderr
    told = json.loads(done.stdout.splitlines()[0])
    # No network, since this checkout gives it none.
    assert told[2] is False
    assert "very secret" not in done.stdout
    assert "'fit.py'" in done.stdout
    assert "'host'" not in done.stdout
    assert not ran.exists()
    result = churn.result(done)
    head = git(churn.root, "rev-parse", "HEAD")
    assert (result["commit"], result["dirty"], result["network"]) == (head, True, "none")
    assert churn.left() == []
    assert list((churn.root / "tmp.helpers" / "trees").iterdir()) == []
    assert not engine.images({labels.REPO: f"{TEST_REPO}-tree"})
