"""The login that a command which reads several indexes has for one of them."""

import io
from collections.abc import Sequence
from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.registry.credentials import Credentials
from helpers.tasks.code_versions import CheckRelease
from helpers.tasks.package_indexes import index_opener
from tests.builders import make_host, make_repo

TEAM = "team: {publish: https://a.example/up, simple: https://a.example/simple}"
PUBLIC = "public: {publish: https://b.example/up, simple: https://b.example/simple}"
READ = "mirror: {simple: https://c.example/simple}"


def _repo(folder: Path, *indexes: str, name: str = "demo") -> Repo:
    return make_repo(folder / name, config=f"name: {name}\nindexes: {{{', '.join(indexes)}}}\n")


def _logins(
    wanted: CheckRelease, repos: Sequence[Repo], monkeypatch: pytest.MonkeyPatch
) -> dict[str, Credentials | None]:
    """By index of the first repo, the login that it gets."""
    monkeypatch.setattr("sys.stdin", io.StringIO("s3cret\n"))
    # Without a PATH there is no keyring.
    open_index = index_opener(make_host(repos[0].root, {"PATH": ""}), wanted, repos)
    indexes = repos[0].config.indexes
    return {name: open_index(repos[0], one).login() for name, one in indexes.items()}


def test_a_password_goes_to_the_index_that_is_meant_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = _repo(tmp_path, TEAM, PUBLIC)
    wanted = CheckRelease(index="team", username="ann", password_stdin=True)
    given = Credentials("ann", "s3cret")
    assert _logins(wanted, [repo], monkeypatch) == {"team": given, "public": None}
    only = _repo(tmp_path, TEAM, READ, name="only")
    wanted = CheckRelease(username="ann", password_stdin=True)
    assert _logins(wanted, [only, only], monkeypatch) == {"team": given, "mirror": None}
    assert _logins(CheckRelease(), [only], monkeypatch) == {"team": None, "mirror": None}


@pytest.mark.parametrize(
    ("wanted", "what", "fix"),
    [
        (CheckRelease(password_stdin=True), "--index is required", "--index team"),
        (CheckRelease(index="team"), "and none is given", "leave --index out, or add --password"),
        (CheckRelease(index="x", username="ann"), "there is no index 'x'", "--index team"),
    ],
)
def test_a_login_for_no_index_or_for_several_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    wanted: CheckRelease,
    what: str,
    fix: str,
) -> None:
    with pytest.raises(HelpersError) as caught:
        _logins(wanted, [_repo(tmp_path, TEAM, PUBLIC)], monkeypatch)
    assert what in caught.value.what
    assert caught.value.fix.startswith(fix)


def test_a_password_is_never_for_indexes_of_one_name_in_two_repos(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repos = [_repo(tmp_path, TEAM), _repo(tmp_path, TEAM.replace("a.ex", "z.ex"), name="inner")]
    with pytest.raises(HelpersError) as caught:
        _logins(CheckRelease(index="team", password_stdin=True), repos, monkeypatch)
    assert "team at https://z.example/simple in inner" in caught.value.what
    assert "--dir" in caught.value.fix
