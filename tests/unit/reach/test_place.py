"""Which hosts may test a dir, by what they say that they have."""

from pathlib import Path

from helpers.engine.client import Client
from helpers.engine.endpoint import Endpoint
from helpers.reach.place import Place
from helpers.reach.sources import Sources
from helpers.system.host import User
from helpers.vcs.work_commit import WorkTree


def _place(folder: Path | None, **offers: int) -> Place:
    return Place(
        name="n1",
        client=Client(Endpoint("unix:///no/engine", "a test")),
        folder=folder,
        socket="/no/engine",
        socket_group=0,
        user=User("tester", 1234, 1234),
        platform="linux/amd64",
        slots=2,
        port=1,
        offers=offers,
    )


def test_what_another_host_does_not_name_it_has_not() -> None:
    there = _place(Path("/there"), gpu=1)
    assert there.has("linux/amd64", {"gpu": 1})
    assert not there.has("linux/amd64", {"gpu": 2})
    assert not there.has("linux/amd64", {"licence": 1})


def test_of_what_nobody_names_there_is_one_here() -> None:
    here = _place(None, gpu=0)
    assert here.has("linux/amd64", {"licence": 1})
    assert not here.has("linux/amd64", {"licence": 2})
    assert not here.has("linux/amd64", {"gpu": 1})


def test_a_host_runs_its_own_platform_alone() -> None:
    assert not _place(Path("/there")).has("linux/arm64", {})


def test_a_tree_inside_another_has_its_place_there_before_the_engine_makes_one_as_root() -> None:
    trees = {
        Path("/tools"): WorkTree(Path(), "a", {}),
        Path("/tools/tmp/repo"): WorkTree(Path(), "b", {}),
    }
    made = Sources(trees).folders(_place(Path("/there")))
    assert [str(path) for path in made] == [
        "/there/trees/a",
        "/there/trees/b",
        "/there/trees/a/tmp/repo",
    ]
