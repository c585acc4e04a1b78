"""Hooks of a repo's kind, beside those that somebody added."""

import re
import shlex
from dataclasses import replace

import pytest
import yaml

from helpers.ci.hooks import RepoKind, hooks_of
from helpers.ci.pre_commit import plan_hooks
from helpers.managed_files.pre_commit_file import hook_ids, without_made
from helpers.model.errors import HelpersError
from helpers.model.managed_file import Drift

KIND = RepoKind("helpers_root/setenv.sh", rules="helpers_root/.hadolint.yaml", has_dirs=True)
FULL = replace(KIND, header="SPDX-License-Identifier: MIT", lints=True, has_ci=True, releases=True)
OWN = {
    "indented": "# top\nrepos:\n  - repo: local\n    hooks:\n      - {id: a, name: a}\n",
    "flush": "repos:\n- repo: local\n  hooks:\n  - id: a\n    name: a # why\n",
    "no end": "repos:\n- repo: local\n  hooks:\n  - id: a",
    "windows": "repos:\r\n- repo: local\r\n  hooks:\r\n  - id: a\r\n",
    "keys after it": "repos:\n- repo: local\n  hooks:\n  - id: a\n\n# to end\nfail_fast: true\n",
}


def ids(kind: RepoKind) -> set[str]:
    return {hook.id for hook in hooks_of(kind)}


def written(text: str | None, kind: RepoKind) -> str:
    """The file once the hooks of a kind are written."""
    change = plan_hooks(text, hooks_of(kind)).change
    assert change
    assert change.after
    return change.after


@pytest.mark.parametrize("text", OWN.values(), ids=OWN)
def test_ours_come_beside_those_that_are_there_and_are_renewed_in_place(text: str) -> None:
    once = written(text, KIND)
    assert hook_ids(once) == {"a", *ids(KIND)}
    assert once.startswith(text.split("\n\n")[0].rstrip())
    assert ("\r\n" in once) == ("\r\n" in text)
    assert yaml.safe_load(once)["repos"][0] == yaml.safe_load(text)["repos"][0]
    assert plan_hooks(once, hooks_of(KIND)).drift is Drift.IN_STEP

    assert without_made(once) == text

    later = written(f"{once}\n# mine\n", FULL)
    assert hook_ids(later) == {"a", *ids(FULL)}
    assert later.endswith("# mine\n") or "\r\n" in later
    assert later.count("made by `i pre_commit_sync`") == 2
    assert plan_hooks(later, hooks_of(KIND)).drift is Drift.UPSTREAM


@pytest.mark.parametrize("text", [None, "", "\n"])
def test_a_repo_without_hooks_gets_a_file(text: str | None) -> None:
    found = plan_hooks(text, hooks_of(KIND))
    assert found.drift is Drift.NEW
    assert hook_ids(written(text, KIND)) == ids(KIND)
    assert without_made(written(text, KIND)) is None


@pytest.mark.parametrize(
    ("own", "gone"),
    [("ruff-format", {"ruff"}), ("lint", {"ruff", "hadolint"}), ("check-json", {"check-json"})],
)
def test_a_hook_of_the_repo_s_own_replaces_ours(own: str, gone: set[str]) -> None:
    text = written(f"repos:\n- repo: local\n  hooks:\n  - id: {own}\n", FULL)
    assert hook_ids(text) == ids(FULL) - gone | {own}


def test_an_edit_of_ours_is_a_conflict_and_the_difference_is_known() -> None:
    text = written(OWN["flush"], KIND)
    found = plan_hooks(text.replace("ruff==", "ruff>="), hooks_of(KIND))
    assert (found.drift, found.conflicts) == (Drift.HERE, ("lines",))
    assert found.change
    assert (found.change.before, "ruff>=" in (found.change.after or "")) == (text, True)


@pytest.mark.parametrize("text", ["repos: []\n", "repos: [{repo: local}]\n", "a: b\n", "a: [\n"])
def test_a_file_that_cannot_be_added_to_safely_is_refused(text: str) -> None:
    with pytest.raises(HelpersError, match="cannot be added safely") as caught:
        plan_hooks(text, hooks_of(KIND))
    assert caught.value.where == ".pre-commit-config.yaml"


def test_a_repo_has_the_hooks_of_its_kind() -> None:
    bare = RepoKind("setenv.sh")
    assert ids(KIND) - ids(bare) == {"lock_check", "license_check"}
    assert ids(FULL) - ids(KIND) == {"license-header", "ci_check", "commit_check"}
    by_id = {hook.id: hook.keys for hook in hooks_of(FULL)}
    entry = by_id["ruff"]["entry"]
    assert entry == "bash -c 'source ./helpers_root/setenv.sh && i lint --only ruff,format'"
    assert all("additional_dependencies" in one.keys for one in hooks_of(bare) if one.id == "ruff")


def test_a_toolchain_with_a_space_in_its_path_is_found() -> None:
    (hook,) = (
        one for one in hooks_of(replace(FULL, setenv="my tools/setenv.sh")) if one.id == "ruff"
    )
    *_, command = shlex.split(hook.keys["entry"])
    assert "source './my tools/setenv.sh' && i lint" in command


def test_every_hook_is_local_and_of_one_stage() -> None:
    (item,) = yaml.safe_load(written(None, FULL))["repos"]
    assert item["repo"] == "local"
    stages = {hook["id"]: hook["stages"] for hook in item["hooks"]}
    assert stages.pop("commit-message") == stages.pop("commit_check") == ["commit-msg"]
    assert set(map(tuple, stages.values())) == {("pre-commit",)}
    packages = [p for hook in item["hooks"] for p in hook.get("additional_dependencies", ())]
    assert all("==" in package for package in packages)


def matches(id: str, text: str) -> bool:
    """Whether a file passes a hook that is a pattern, as pre-commit searches."""
    (entry,) = (hook.keys["entry"] for hook in hooks_of(FULL) if hook.id == id)
    return bool(re.search(entry.encode(), text.encode(), re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize(
    ("message", "passes"),
    [
        ("Add pandas", True),
        ("Add pandas\n", True),
        ("Add pandas\n\nIt reads tables.\n", True),
        ("Add pandas\n# Please enter the message\n", True),
        ("ä" * 72, True),
        ("Revert " + "a" * 80, True),
        ("a" * 73, False),
        ("ä" * 73, False),
        ("Add pandas\nIt reads tables.\n", False),
        (" Add pandas\n", False),
        ("# Please enter the message\n", False),
        ("", False),
    ],
)
def test_a_message_has_a_short_first_line_and_then_an_empty_one(message: str, passes: bool) -> None:
    assert matches("commit-message", message) is passes


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("# SPDX-License-Identifier: MIT\nx = 1\n", True),
        ("#!/bin/sh\n# SPDX-License-Identifier: MIT\n", True),
        ("\n", True),
        ("", True),
        ("x = 1\n", False),
        ("# SPDX-License-Identifier: ISC\n", False),
    ],
)
def test_a_source_says_its_licence_unless_it_is_empty(text: str, passes: bool) -> None:
    assert matches("license-header", text) is passes
