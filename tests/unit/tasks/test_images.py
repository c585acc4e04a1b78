"""What a build is asked for, from what was typed."""

import pytest

from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.version import Part, Version
from helpers.tasks.images import Build, _options


def test_what_was_typed_is_read_into_types() -> None:
    found = _options(Build(bump="minor", message="Add pandas", version="1.2.0"), "--dir app")
    assert (found.bump, found.message, found.stage) == (Part.MINOR, "Add pandas", Stage.LOCAL)
    assert found.version == Version.parse("1.2.0")
    assert _options(Build(stage="prod"), "--dir app").stage is Stage.PROD


@pytest.mark.parametrize(
    ("wanted", "what", "fix"),
    [
        (Build(stage="dev"), "a release builds", "i docker_release_dev_image --dir app"),
        (Build(stage="prod", bump="minor"), "the production image has its", "leave --bump out"),
        (Build(stage="prd"), "--stage takes one of", "--stage prod"),
        (Build(bump="mayor"), "--bump takes one of", "--bump major"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_way_out(wanted: Build, what: str, fix: str) -> None:
    with pytest.raises(HelpersError) as caught:
        _options(wanted, "--dir app")
    assert what in caught.value.what
    assert caught.value.fix.startswith(fix)
