from helpers.model.packages.locked import (
    Conflict,
    PackageChange,
    compare_versions,
    find_conflicts,
)


def test_what_was_added_removed_and_changed() -> None:
    before = {"a": ("1",), "b": ("1",), "same": ("1",)}
    after = {"b": ("1", "2"), "c": ("3",), "same": ("1",)}
    assert compare_versions(before, after) == (
        PackageChange("a", ("1",), ()),
        PackageChange("b", ("1",), ("1", "2")),
        PackageChange("c", (), ("3",)),
    )


def test_dirs_that_lock_different_versions() -> None:
    locked = {
        "apps/a": {"numpy": ("1.26",), "same": ("1",)},
        "apps/b": {"numpy": ("2.3",), "same": ("1",), "alone": ("1",)},
        "apps/c": {"numpy": ("2.3",)},
    }
    assert find_conflicts(locked) == (
        Conflict("numpy", (("1.26", ("apps/a",)), ("2.3", ("apps/b", "apps/c")))),
    )


def test_versions_that_markers_choose_among_are_no_conflict_when_all_dirs_have_them() -> None:
    assert find_conflicts({"a": {"x": ("1", "2")}, "b": {"x": ("1", "2")}}) == ()
    found = find_conflicts({"a": {"x": ("1", "2")}, "b": {"x": ("2",)}})
    assert found == (Conflict("x", (("1", ("a",)), ("2", ("a", "b")))),)
