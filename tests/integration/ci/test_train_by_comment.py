"""A comment that asks for a training, as act runs its workflow, below a hostile pull request."""

import json
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from helpers.ci.github import PINNED
from helpers.containers.inventory import stop_own
from helpers.engine.client import Client
from helpers.model import labels
from helpers.system.lease import working_folder
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import run
from helpers.system.repo_files import load_repo
from tests import engine
from tests.builders import (
    TEST_REPO,
    add_submodule,
    commit_all,
    git,
    make_repo,
    make_runnable_dir,
    write_files,
)
from tests.ci_tools import CiTools
from tests.forges import FakeForge
from tests.toolchains import adopted_files, copy_toolchain

pytestmark = [pytest.mark.slow, pytest.mark.superslow]

_SETTINGS = """\
command: [python, fit.py, "{lr}"]
models: [net]
parameters:
  lr: {type: number, min: 1e-6, max: 1, default: 0.01}
metrics:
  rmse: {file: m.json, key: rmse, better: lower}
"""
_FIT = "import json, sys\njson.dump({'rmse': float(sys.argv[1])}, open('m.json', 'w'))\n"
# What a stranger's model would like the runner to do, and the repo to believe.
_EVIL_FIT = """\
print("::set-output name=request::net")
print("::add-mask::rmse")
print("##[error]taken over")
import os
names = sorted(name for name in os.environ if "GITHUB" in name or "TOKEN" in name)
print(names, os.path.exists("/var/run/docker.sock"))
"""
_EVIL_WORKFLOW = """\
on: issue_comment
jobs: {ask: {runs-on: ubuntu-latest, steps: [{run: TOUCH}]}}
"""
# Its commands run in the build, where the runner's files are not.
_EVIL_DOCKERFILE = """\
ARG BASE_IMAGE
FROM ${BASE_IMAGE} AS dev
RUN ln -s "$(command -v python3)" /usr/local/bin/python
RUN TOUCH || true; test ! -S /var/run/docker.sock
"""
# What the template makes; the pull request changes its model.
_OLSR = "apps/spend/src/spend/models/regression/olsr_regressor.py"
_ROOT = "/repos/team/shop"
_STAND_INS = {
    "actions/checkout": """\
inputs: {path: {}, ref: {}, persist-credentials: {}, submodules: {}}
runs:
  using: composite
  steps:
    - shell: bash
      env: {PLACE: "${{ inputs.path }}", REF: "${{ inputs.ref }}"}
      run: |
        git clone --quiet --no-checkout "$KEPT/origin" "$PLACE"
        git -C "$PLACE" checkout --quiet "$REF"
""",
    "actions/upload-artifact": """\
inputs: {name: {}, path: {}, if-no-files-found: {}, retention-days: {}}
runs:
  using: composite
  steps:
    - shell: bash
      env: {NAME: "${{ inputs.name }}", FILES: "${{ inputs.path }}"}
      run: |
        mkdir -p "$KEPT/$NAME"
        cp -r --parents $FILES "$KEPT/$NAME/"
""",
    "actions/download-artifact": """\
inputs: {name: {}, path: {}}
runs:
  using: composite
  steps:
    - shell: bash
      env: {NAME: "${{ inputs.name }}", PLACE: "${{ inputs.path }}"}
      run: mkdir -p "$PLACE" && cp -r "$KEPT/$NAME/." "$PLACE/"
""",
}


class Asked:
    """A repo whose workflow answers comments, and the forge that it asks."""

    def __init__(self, tools: CiTools, root: Path, forge: FakeForge) -> None:
        self.tools, self.root, self.forge = tools, root, forge
        self.kept = root.parent / "kept"
        self.ran = root.parent / "ran"
        self.head = self._pull_request()
        pull = {
            "state": "open",
            "head": {"sha": self.head, "repo": {"id": 2}},
            "base": {"ref": "main", "repo": {"id": 1}},
        }
        forge.answers = {
            f"GET {_ROOT}/collaborators/ann/permission": (200, {"permission": "write"}),
            f"GET {_ROOT}/pulls/12": (200, pull),
            f"GET {_ROOT}/issues/12/comments": self._comments,
            f"POST {_ROOT}/issues/12/comments": (201, {"id": 99}),
            f"PATCH {_ROOT}/issues/comments/99": (200, {"id": 99}),
            f"GET {_ROOT}/actions/artifacts": (200, {"artifacts": []}),
        }

    def _pull_request(self) -> str:
        """Commit what a stranger would have run; only the model has a place to run."""
        git(self.root, "checkout", "--quiet", "-b", "topic", "main")
        touch = f"touch {self.ran}"
        write_files(
            self.root,
            {
                "tasks.py": f"import os\nos.system('{touch}')\n",
                "setenv.sh": f"{touch}\n",
                ".gitattributes": "* filter=evil\n",
                ".gitmodules": f'[submodule "x"]\npath = x\nurl = x\nupdate = !{touch}\n',
                ".githooks/post-checkout": f"#!/bin/sh\n{touch}\n",
                ".github/workflows/train.yml": _EVIL_WORKFLOW.replace("TOUCH", touch),
                "apps/churn/devops/Dockerfile": _EVIL_DOCKERFILE.replace("TOUCH", touch),
                "apps/churn/devops/train.yaml": f"{_SETTINGS}network: default\n",
                "apps/churn/fit.py": _EVIL_FIT + _FIT,
                _OLSR: (self.root / _OLSR).read_text() + "# Changed.\n",
            },
        )
        head = commit_all(self.root)
        git(
            self.root.parent,
            "clone",
            "--quiet",
            "--bare",
            str(self.root),
            str(self.kept / "origin"),
        )
        git(self.root, "checkout", "--quiet", "--force", "main")
        return head

    def say(self, text: str) -> Any:
        """Run the workflow for a comment."""
        self.forge.asked.clear()
        payload = self.tools.payload("issue_comment")
        payload["comment"] |= {"body": text, "user": {"login": "ann"}}
        payload["issue"] |= {"number": 12, "pull_request": {"url": "x"}}
        more: list[str | Path] = []
        given = {"GITHUB_API_URL": self.forge.url, "GITHUB_REPOSITORY": "team/shop"}
        for name, value in {**given, "KEPT": str(self.kept)}.items():
            more += ["--env", f"{name}={value}"]
        for action, text in _STAND_INS.items():
            folder = self.kept / "actions" / action
            write_files(folder, {"action.yml": f"name: x\n{text}"})
            more += ["--local-repository", f"{action}@{PINNED[action][0]}={folder}"]
        token = {"GITHUB_TOKEN": "very-secret"}
        cache = self.root.parent / "act"
        return self.tools.act(self.root, "issue_comment", payload, cache, token, more)

    def start(self, line: str) -> Any:
        """Run the pipeline that somebody starts on GitLab."""
        project = "/projects/team%2Fshop"
        request = {
            "state": "opened",
            "sha": self.head,
            "target_branch": "main",
            "source_project_id": 2,
            "target_project_id": 1,
        }
        self.forge.asked.clear()
        self.forge.answers |= {
            f"GET {project}/merge_requests/12": (200, request),
            f"GET {project}/merge_requests/12/notes": (200, []),
            f"POST {project}/merge_requests/12/notes": (201, {"id": 99}),
            f"GET {project}/pipelines": (200, []),
            "GET /user": (200, {"id": 7}),
        }
        given = {
            "TRAIN": line,
            "MERGE_REQUEST": "12",
            "GITLAB_TOKEN": "very-secret",
            "CI_API_V4_URL": self.forge.url,
            "CI_DEFAULT_BRANCH": "main",
            "CI_PIPELINE_CREATED_AT": "2026-01-31T12:00:00Z",
            "CI_PROJECT_PATH": "team/shop",
            "CI_REPOSITORY_URL": f"file://{self.kept}/origin",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "protocol.file.allow",
            "GIT_CONFIG_VALUE_0": "always",
        }
        # What is given as an option is not given to the child.
        file = self.root / ".gitlab-ci-local-variables.yml"
        file.write_text(json.dumps(given))
        started = {"CI_PIPELINE_SOURCE": "web", "CI_COMMIT_BRANCH": "main"}
        return self.tools.gitlab(self.root, **given, **started)

    def _comments(self, _: object) -> tuple[int, Any]:
        """The comment below the pull request, as far as one was written."""
        written = [one for one in self.replies() if one.startswith("<!-- i train: ")][:1]
        return 200, [{"id": 99, "body": one, "user": {"type": "Bot"}} for one in written]

    def replies(self) -> list[str]:
        """What was written below the pull request, in order."""
        return [one.content["body"] for one in self.forge.asked if one.method in ("POST", "PATCH")]


@pytest.fixture(scope="module")
def asked(
    tools: CiTools, client: Client, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Asked]:
    """A repo that has adopted the toolchain, and answers comments."""
    folder = working_folder(TOOLCHAIN_ROOT) / "tests" / secrets.token_hex(4)
    folder.mkdir(parents=True)
    runners = "{default: [ubuntu-latest, ephemeral]}"
    config = f"name: {TEST_REPO}-asked\nci: {{training: {{}}, runners: {runners}}}\n"
    repo = make_repo(folder / "repo", config=config)
    add_submodule(repo.root, "helpers_root", copy_toolchain(folder / "toolchain"))
    files = {"devops/train.yaml": _SETTINGS, "fit.py": _FIT}
    make_runnable_dir(repo, "apps/churn", files, image_name="helpers-test-churn")
    write_files(repo.root, {".gitignore": "tmp.*\n.gitlab-ci-local*\n", **adopted_files()})
    commit_all(repo.root)
    git(repo.root, "branch", "--force", "--move", "main")
    git(repo.root, "remote", "add", "origin", "https://git.example.org/team/shop.git")
    create = "i runnable_dir_create --template ml --dir apps/spend --yes"
    typed = f"source ./setenv.sh; {create} && i ci_sync && i ci_sync --target gitlab"
    run(["bash", "-ec", typed], cwd=repo.root)
    commit_all(repo.root)
    with FakeForge({}) as forge:
        yield Asked(tools, repo.root, forge)
    stop_own(client, load_repo(repo.root), force=True)
    shutil.rmtree(folder, ignore_errors=True)


def _succeeded(output: str) -> set[str]:
    return {found[1].strip() for found in re.finditer(r"\[([^\]]+)\] +🏁 +Job succeeded", output)}


def test_a_model_of_a_hostile_pull_request_is_trained_and_nothing_else_of_it_runs(
    asked: Asked,
) -> None:
    line = f"/train net lr=0.25 --dir apps/churn @{asked.head}"
    done = asked.say(f"Looks good.\r\n{line}")
    assert done.status == 0, done.stdout[-8000:]
    assert _succeeded(done.stdout) == {"train/ask", "train/train", "train/report"}
    assert not asked.ran.exists()
    started, ended = asked.replies()
    assert [one.method for one in asked.forge.asked if one.method != "GET"] == ["POST", "PATCH"]
    assert "waits or runs" in started
    assert f"`apps/churn`: `net` at `{asked.head[:12]}`: succeeded" in ended
    assert "| `rmse` | lower | 0.25 | - | - |" in ended
    # What it printed was text to the runner, and nothing of the job was there to be seen.
    assert "[] False" in done.stdout
    assert "very-secret" not in done.stdout
    result = next((asked.kept / "asked-apps-churn").rglob("result.json"))
    found: Mapping[str, Any] = json.loads(result.read_text())
    assert (found["network"], found["commit"], found["dirty"]) == ("none", asked.head, False)
    assert not engine.images({labels.REPO: f"{TEST_REPO}-asked-tree"})


def test_a_project_of_the_template_is_trained_as_it_was_made(asked: Asked) -> None:
    done = asked.say(f"/train olsr alpha=0.1 --dir apps/spend @{asked.head}")
    assert done.status == 0, done.stdout[-8000:]
    assert _succeeded(done.stdout) == {"train/ask", "train/train", "train/report"}
    _, ended = asked.replies()
    assert f"`apps/spend`: `olsr` at `{asked.head[:12]}`: succeeded" in ended
    assert re.search(r"\| `rmse` \| lower \| [0-9.]+ \| - \| - \|", ended), ended
    assert not asked.ran.exists()


def test_a_pipeline_of_gitlabs_trains_and_reports_it_as_a_comment_does(asked: Asked) -> None:
    refused = asked.start("net lr=fast --dir apps/churn")
    assert refused.status != 0, refused.stdout[-5000:]
    assert "lr is a number from 1e-6 to 1, found 'fast'" in refused.stdout
    assert asked.replies() == []
    # What there is to train is said by the first job, and no other runs.
    helped = asked.start("help")
    assert helped.status == 0, helped.stdout[-5000:]
    assert re.findall(r"^ *PASS +(.*?) *$", helped.stdout, re.MULTILINE) == ["ask"]
    (said,) = asked.replies()
    assert "`apps/churn`: `net`" in said
    done = asked.start(f"net lr=0.5 --dir apps/churn @{asked.head}")
    assert done.status == 0, done.stdout[-8000:]
    passed = set(re.findall(r"^ *PASS +(.*?) *$", done.stdout, re.MULTILINE))
    jobs = {f"[train] -> {name}" for name in ("asked-apps-churn", "report-asked-apps-churn")}
    assert passed == {"ask", "train", *jobs}, done.stdout[-8000:]
    assert not asked.ran.exists()
    started, ended = asked.replies()
    assert "waits or runs" in started
    assert f"`apps/churn`: `net` at `{asked.head[:12]}`: succeeded" in ended
    assert "| `rmse` | lower | 0.5 | - | - |" in ended
    # Nothing of the job was there to be seen, and what reported is gone.
    assert "[] False" in done.stdout
    assert "very-secret" not in done.stdout
    assert [one.name for one in asked.root.parent.glob(f"{asked.root.name}.*")] == []


def test_what_is_no_request_is_answered_and_no_job_follows(asked: Asked) -> None:
    done = asked.say("/train net lr=$(touch x) `id`\n::set-output name=request::net")
    assert done.status == 0, done.stdout[-5000:]
    assert _succeeded(done.stdout) == {"train/ask"}
    (reply,) = asked.replies()
    assert "`/train MODEL name=value ... [--dir DIR] [@COMMIT], or /train help`" in reply
