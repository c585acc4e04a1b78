"""GitHub and GitLab are known by the hosts of a repo's remotes."""

import re
from pathlib import Path

import pytest
import yaml

from helpers.adoption.adopting.hosting_service import hosting_service
from helpers.console.adoption_view import next_lines
from helpers.system.locate import TOOLCHAIN_ROOT
from tests.builders import git


@pytest.mark.parametrize(
    ("url", "service"),
    [
        ("https://github.com/shop/shop.git", "GitHub"),
        ("git@github.com:shop/shop.git", "GitHub"),
        ("ssh://git@gitlab.shop.example:2222/shop.git", "GitLab"),
        ("https://me:word@GitLab.com/shop/shop", "GitLab"),
        ("https://git.example/github/shop.git", ""),
        ("../github.com/shop.git", ""),
        ("/srv/gitlab/shop.git", ""),
        ("", ""),
    ],
)
def test_a_service_is_known_by_the_host_of_a_remote(tmp_path: Path, url: str, service: str) -> None:
    git(tmp_path, "init", "--quiet")
    if url:
        git(tmp_path, "remote", "add", "origin", url)
    assert hosting_service(tmp_path) == service
    told = "\n".join(next_lines("setenv.sh", "./main_pytest.py", service, "helpers_root/docs"))
    assert ("adopting.md#in-ci" in told) == bool(service)
    assert "runnable_dir_create" not in told


def test_what_the_docs_have_for_ci_runs_the_tests_of_a_whole_checkout() -> None:
    text = (TOOLCHAIN_ROOT / "docs" / "adopting.md").read_text()
    github, gitlab = (yaml.safe_load(one) for one in re.findall(r"```yaml\n(.*?)```", text, re.S))
    checkout, tests = github["jobs"]["tests"]["steps"]
    assert checkout["with"] == {"submodules": "recursive", "fetch-depth": 0}
    assert tests == {"run": "./main_pytest.py"}
    assert gitlab["tests"]["script"] == ["./main_pytest.py"]
    assert gitlab["tests"]["variables"]["GIT_SUBMODULE_STRATEGY"] == "recursive"
