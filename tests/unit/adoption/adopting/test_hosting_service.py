"""GitHub and GitLab are known by the hosts of a repo's remotes."""

from pathlib import Path

import pytest

from helpers.adoption.adopting.hosting_service import hosting_service
from helpers.console.adoption_view import next_lines
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
    told = "\n".join(next_lines("setenv.sh", "./main_pytest.py", service))
    assert ("i ci_sync --target gitlab" in told) == (service == "GitLab")
    assert (f"i ci_sync   (the same tests in {service})" in told) == (service == "GitHub")
    assert "runnable_dir_create" not in told
