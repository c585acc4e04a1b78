"""Which forge a repo is on, and that a token goes to no other host."""

import pytest

from helpers.forge.errors import ForgeError
from helpers.forge.place import ForgeKind, find_place

_JOB = {
    "GITHUB_API_URL": "https://git.example.org/api/v3/",
    "GITHUB_REPOSITORY": "team/shop",
    "GITHUB_TOKEN": "secret\n",
}


def test_a_job_has_all_in_its_variables() -> None:
    found = find_place(_JOB, "git@github.com:other/repo.git")
    assert (found.kind, found.project) == (ForgeKind.GITHUB, "team/shop")
    assert (found.api, found.token) == ("https://git.example.org/api/v3", "secret")
    assert "secret" not in repr(found)
    given = {"CI_API_V4_URL": "https://g.example.org/api/v4", "CI_PROJECT_PATH": "team/sub/shop"}
    found = find_place(given)
    assert (found.kind, found.project, found.token) == (ForgeKind.GITLAB, "team/sub/shop", "")


def test_a_job_of_gitlabs_has_its_own_token_where_gitlab_takes_it() -> None:
    given = {
        "CI_API_V4_URL": "https://g.example.org/api/v4",
        "CI_PROJECT_PATH": "team/shop",
        "CI_JOB_TOKEN": "of the job",
    }
    assert find_place(given).token == ""
    found = find_place(given, job_token=True)
    assert (found.token, found.is_of_job) == ("of the job", True)
    assert "of the job" not in repr(found)
    mine = find_place({**given, "GITLAB_TOKEN": "mine"}, job_token=True)
    assert (mine.token, mine.is_of_job) == ("mine", False)
    # It is of the job's own project alone.
    del given["CI_PROJECT_PATH"]
    assert find_place(given, "https://gitlab.com/a/b", job_token=True).token == ""


@pytest.mark.parametrize(
    ("remote", "kind", "api", "project"),
    [
        ("git@github.com:a/b.git", "github", "https://api.github.com", "a/b"),
        ("https://user@github.com/a/b/", "github", "https://api.github.com", "a/b"),
        ("ssh://git@github.acme.io:22/a/b", "github", "https://github.acme.io/api/v3", "a/b"),
        ("https://gitlab.acme.io:8443/a/b/c.git", "gitlab", "", "a/b/c"),
    ],
)
def test_at_a_desk_the_remote_says_it(remote: str, kind: str, api: str, project: str) -> None:
    found = find_place({}, remote)
    wanted = api or "https://gitlab.acme.io:8443/api/v4"
    assert (found.kind, found.api, found.project) == (kind, wanted, project)


def test_a_token_goes_to_the_forge_that_its_owner_means() -> None:
    given = {"GH_TOKEN": "mine"}
    assert find_place(given, "git@github.com:a/b").token == "mine"
    assert find_place(given, "https://github.evil.example/a/b").token == ""
    own = given | {"GH_HOST": "github.acme.io"}
    assert find_place(own, "https://github.acme.io/a/b").token == "mine"
    assert find_place(own | {"GITHUB_API_URL": "http://127.0.0.1:9"}, "git@github.x:a/b").token


@pytest.mark.parametrize(
    ("environment", "remote", "said"),
    [
        ({}, "", "neither GitHub nor GitLab"),
        ({}, "https://git.example.org/a/b", "neither GitHub nor GitLab"),
        (_JOB | {"GITHUB_REPOSITORY": "a/b?x"}, "", "'a/b?x' is no repo of github's"),
        (_JOB | {"GITHUB_REPOSITORY": "../b"}, "", "is no repo"),
        (_JOB | {"GITHUB_API_URL": "https://me:pw@host/"}, "", "is none"),
        (_JOB | {"GITHUB_API_URL": "http://forge.example/api"}, "", "with this machine alone"),
    ],
)
def test_what_names_no_forge_is_refused(
    environment: dict[str, str], remote: str, said: str
) -> None:
    with pytest.raises(ForgeError) as caught:
        find_place(environment, remote)
    assert said in caught.value.what
    assert caught.value.fix
    assert "pw" not in str(caught.value)
