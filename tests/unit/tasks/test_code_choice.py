"""How a production image has its code, from what was typed."""

import io
from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.model.images.code_kind import CodeKind
from helpers.model.images.name import Stage
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.tasks.code_choice import read_code, read_login
from helpers.tasks.images import Build
from tests.builders import make_host, make_repo, make_runnable_dir


def _dirs(repo: Repo, *kinds: str) -> list[RunnableDir]:
    """A dir of each kind of code, and one whose settings do not say it."""
    found = [
        make_runnable_dir(repo, f"apps/{kind}", {"devops/config.yaml": f"code: {kind}\n"})
        for kind in kinds
    ]
    return [*found, make_runnable_dir(repo, "apps/silent")]


def test_an_index_has_no_effect_where_no_dir_takes_its_code_from_one(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo")
    host, dirs = make_host(repo.root), _dirs(repo, "wheel")
    for wanted in (Build(index="team"), Build(username="ann"), Build(password_stdin=True)):
        with pytest.raises(HelpersError) as caught:
            read_code(repo, host, wanted, Stage.PROD, lambda: dirs)
        said = "apps/wheel has code: wheel, apps/silent has code: copy"
        assert caught.value.what.endswith(f"is for code from a package index, and {said}")
        assert caught.value.fix.endswith(" out, or --code index")


def test_code_from_an_index_has_an_index_and_a_login(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = make_repo(tmp_path / "repo")
    host = make_host(repo.root)
    monkeypatch.setattr("sys.stdin", io.StringIO("s3cret\n"))
    wanted = Build(stage="prod", index="team", password_stdin=True)
    dirs = _dirs(repo, "copy", "index")
    kind, wheels = read_code(repo, host, wanted, Stage.PROD, lambda: dirs)
    assert kind is None
    assert wheels.indexes
    of_index = Build(code="index", index="team")
    assert read_code(repo, host, of_index, Stage.PROD, lambda: dirs[:1])[0] is CodeKind.INDEX
    assert read_login(host, Build()) is None


@pytest.mark.parametrize(
    ("wanted", "stage", "what", "fix"),
    [
        (Build(index="team", code="copy"), Stage.PROD, "--index is for", "or --code index"),
        (Build(username="ann"), Stage.LOCAL, "--username is for", "leave --username out"),
        (
            Build(index="team", password_stdin=True),
            Stage.DEV,
            "--index is for",
            "leave --index and --password-stdin out",
        ),
        (Build(code="index"), Stage.LOCAL, "a local image has no code", "leave --code out"),
    ],
)
def test_what_has_no_effect_is_refused(
    tmp_path: Path, wanted: Build, stage: Stage, what: str, fix: str
) -> None:
    repo = make_repo(tmp_path / "repo")
    with pytest.raises(HelpersError) as caught:
        read_code(repo, make_host(repo.root), wanted, stage, list)
    assert what in caught.value.what
    assert fix in caught.value.fix
