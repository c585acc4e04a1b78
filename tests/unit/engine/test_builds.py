from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.engine import builds
from helpers.engine.builds import BuildError, BuildRequest, run_build

_TAKEN = '#9 ERROR: failed to solve: image "docker.io/library/engine:1": already exists'


def _status_after(answers: list[tuple[str, int]]) -> Callable[..., int]:
    """A stand-in for the client: each time that it runs, it writes a line and ends as told."""

    def stream(_: object, on_line: Callable[[str], None], **__: object) -> int:
        line, status = answers.pop(0)
        on_line(line)
        return status

    return stream


def _build(folder: Path) -> None:
    run_build(BuildRequest(folder / "Dockerfile", folder), folder / "log", lambda _: None)


def test_a_name_that_another_build_took_at_the_same_moment_is_given_by_the_next_attempt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [(_TAKEN, 1), ("#9 DONE 0.1s", 0)]
    monkeypatch.setattr(builds, "stream", _status_after(answers))
    _build(tmp_path)
    assert answers == []


def test_a_build_that_fails_for_another_reason_is_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [("#9 ERROR: no space left on device", 1), ("#9 DONE 0.1s", 0)]
    monkeypatch.setattr(builds, "stream", _status_after(answers))
    with pytest.raises(BuildError):
        _build(tmp_path)
    assert len(answers) == 1


def test_a_build_does_not_ask_git_what_no_image_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []

    def stream(*_: object, env: object, **__: object) -> int:
        told.append(env)
        return 0

    monkeypatch.setattr(builds, "stream", stream)
    _build(tmp_path)
    assert told == [{"BUILDX_GIT_INFO": "0"}]


def test_a_path_with_a_comma_or_a_quote_is_one_field_for_buildx() -> None:
    folder = Path('/srv/a, "b"')
    request = BuildRequest(
        folder / "Dockerfile", folder, secrets={"key": folder / "key"}, files=folder / "out"
    )
    assert request.output() == 'type=local,"dest=/srv/a, ""b""/out"'
    assert request.secret_files() == ['id=key,"src=/srv/a, ""b""/key"']
    assert BuildRequest(folder, folder, files=Path("/srv/a b")).output() == (
        "type=local,dest=/srv/a b"
    )
