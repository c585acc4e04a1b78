import pytest

from helpers.console.findings import print_findings
from helpers.model.changelog.history_rules import Finding

_SEVERAL = ("not built yet; tests build what they need", "./main_pytest.py")


def _not_built(number: int) -> Finding:
    name = f"apps/x{number}"
    where, what, fix = f"{name}/changelog.txt:1", "1.0.0 is not built yet", f"i build --dir {name}"
    return Finding(name, where, what, fix, notice=True, several=_SEVERAL)


def test_what_holds_for_many_dirs_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = Finding("a", "a/changelog.txt:3", "2.0 is no version", "edit it")
    print_findings([*map(_not_built, range(2000)), wrong])
    assert capsys.readouterr().out.splitlines() == [
        "a/changelog.txt:3: 2.0 is no version",
        "  fix: edit it",
        "notice: 2,000 dirs not built yet; tests build what they need:"
        " apps/x0, apps/x1, apps/x2 and 1,997 more",
        "  fix: ./main_pytest.py",
    ]


def test_each_of_a_few_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    print_findings(map(_not_built, range(3)))
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [
        "apps/x0/changelog.txt:1: notice: 1.0.0 is not built yet",
        "  fix: i build --dir apps/x0",
    ]
    assert len(lines) == 6
