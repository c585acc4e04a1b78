"""The job and the manifest that the pages of clusters show are whole, and start our worker."""

import re

import pytest
import yaml

from helpers.reach.joined_fleet import WORKER_COMMAND
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import run


def _shown(page: str, language: str) -> str:
    text = (TOOLCHAIN_ROOT / "docs" / page).read_text()
    (block,) = re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return str(block)


def test_the_job_of_slurm_is_a_script() -> None:
    job = _shown("cluster_slurm.md", "sh")
    assert job.startswith("#!/bin/sh\n#SBATCH ")
    run(["bash", "-n"], stdin=job)
    (started,) = re.findall(r"^srun sh -c '\n(.*?)^'$", job, re.MULTILINE | re.DOTALL)
    run(["sh", "-n"], stdin=started)


def test_the_manifest_shares_the_engine_and_the_sources_at_one_path() -> None:
    spec = yaml.safe_load(_shown("cluster_kubernetes.md", "yaml"))["spec"]["template"]["spec"]
    engine, worker = spec["containers"]
    given = {one["name"]: one["value"] for one in worker["env"]}
    assert f"--host={given['DOCKER_HOST']}" in engine["args"]
    assert given["HELPERS_WORKER_IMAGE"] == worker["image"]
    assert given["HELPERS_FOLDER"].startswith("/shared/")
    assert {"name": "shared", "mountPath": "/shared"} in engine["volumeMounts"]
    assert {"name": "shared", "mountPath": "/shared"} in worker["volumeMounts"]
    assert {"name", "emptyDir"} == set(spec["volumes"][0])


@pytest.mark.parametrize(
    ("page", "language"), [("cluster_slurm.md", "sh"), ("cluster_kubernetes.md", "yaml")]
)
def test_what_is_started_is_our_worker(page: str, language: str) -> None:
    words = " ".join(_shown(page, language).replace("\\\n", " ").split())
    assert WORKER_COMMAND in words
