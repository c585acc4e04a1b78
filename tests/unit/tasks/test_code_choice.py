"""How a production image has its code, from what was typed."""

import io
from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.model.images.code_kind import CodeKind
from helpers.model.images.name import Stage
from helpers.tasks.code_choice import read_code, read_login
from helpers.tasks.images import Build
from tests.builders import make_host, make_repo


def test_code_from_an_index_has_an_index_and_a_login(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = make_repo(tmp_path / "repo")
    host = make_host(repo.root)
    monkeypatch.setattr("sys.stdin", io.StringIO("s3cret\n"))
    wanted = Build(stage="prod", index="team", password_stdin=True)
    kind, wheels = read_code(repo, host, wanted, Stage.PROD)
    assert kind is None
    assert wheels.indexes
    assert read_code(repo, host, Build(code="index"), Stage.PROD)[0] is CodeKind.INDEX
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
        read_code(repo, make_host(repo.root), wanted, stage)
    assert what in caught.value.what
    assert fix in caught.value.fix
