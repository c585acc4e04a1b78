from helpers.console.dependencies import conflict_lines, outcome_lines, outdated_lines
from helpers.model.packages.locked import (
    Conflict,
    DependencyOutcome,
    OutdatedPackage,
    PackageChange,
)


def test_what_changed_is_told_and_that_the_version_wants_a_bump() -> None:
    changes = (
        PackageChange("a", (), ("1",)),
        PackageChange("b", ("1",), ()),
        PackageChange("c", ("1",), ("2",)),
    )
    lines = outcome_lines(DependencyOutcome("apps/x", changes, written=("poetry.lock",)))
    assert lines[0] == "apps/x: poetry.lock written"
    assert [line.split() for line in lines[1:4]] == [
        ["a", "added", "1"],
        ["b", "removed", "1"],
        ["c", "changed", "1", "->", "2"],
    ]
    assert "i docker_build_local_image --dir apps/x --bump" in lines[-1]


def test_nothing_written_wants_no_bump() -> None:
    assert outcome_lines(DependencyOutcome("x")) == ["x: nothing changed"]
    (line,) = outcome_lines(DependencyOutcome("x", written=("pyproject.toml", "a.lock")))
    assert line == "x: a.lock and pyproject.toml written, no version changed"


def test_newer_versions_and_none() -> None:
    found = DependencyOutcome("x", outdated=(OutdatedPackage("a", "1", "2"),))
    assert outdated_lines([found])[1].split() == ["x", "a", "1", "2"]
    assert outdated_lines([DependencyOutcome("x")]) == ["every package is up to date"]


def test_conflicts_by_package_and_version() -> None:
    lines = conflict_lines((Conflict("numpy", (("1", ("a",)), ("2", ("b", "c")))),))
    assert [line.split() for line in lines[1:]] == [["numpy", "1", "a"], ["2", "b,", "c"]]
    assert conflict_lines(()) == ["no package is locked in different versions"]


def test_the_root_is_called_by_the_repos_name() -> None:
    root = DependencyOutcome(".", outdated=(OutdatedPackage("a", "1", "2"),))
    conflict = Conflict("numpy", (("1", (".",)), ("2", ("b",))))
    lines = [
        *outcome_lines(root, "demo"),
        *outdated_lines([root], "demo")[1:],
        *conflict_lines([conflict], "demo")[1:],
    ]
    assert [line.split()[:3] for line in lines] == [
        ["demo:", "nothing", "changed"],
        ["demo", "a", "1"],
        ["numpy", "1", "demo"],
        ["2", "b"],
    ]
