"""Who promotes, and the values of environments."""

import re
from pathlib import Path
from typing import Any, cast

import pytest

from helpers.console.promotion import print_difference, print_standing
from helpers.model.environments import Difference, Promoted, Standing
from helpers.model.errors import HelpersError
from helpers.release.promotion.no_image import or_no_image
from helpers.release.promotion.places import Places
from helpers.release.promotion.signer import read_signer
from helpers.release.promotion.status import _read_values
from tests.builders import make_host, make_repo, make_runnable_dir, write_files

_GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_ACTOR": "ann",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "team/shop",
    "GITHUB_RUN_ID": "17",
}
_GITLAB = {"GITLAB_CI": "true", "GITLAB_USER_LOGIN": "bob", "CI_JOB_URL": "https://gitlab/j/3"}


@pytest.mark.parametrize(
    ("environment", "by", "job"),
    [
        ({}, "tester@", ""),
        (_GITHUB, "ann", "https://github.com/team/shop/actions/runs/17"),
        (_GITLAB, "bob", "https://gitlab/j/3"),
        ({"GITLAB_CI": "true"}, "tester@", ""),
    ],
)
def test_a_job_of_ci_promotes_on_behalf_of_somebody(
    tmp_path: Path, environment: dict[str, str], by: str, job: str
) -> None:
    found = read_signer(make_repo(tmp_path, commit=False), make_host(tmp_path, environment))
    assert found.owner.name.startswith(by)
    assert found.job == job


@pytest.mark.parametrize(
    ("dir", "others", "what", "fix"),
    [
        ("app", ["app"], "it runs nothing", "i release"),
        ("lib", ["app"], "lib has no production image", "--dir app"),
        (".", ["app", "b"], "the repo's root has no production image", "--dir app or --dir b"),
        ("lib", [], "lib has no production image", "write 'entrypoint' there"),
    ],
)
def test_a_dir_without_a_production_image_is_told_who_has_one(
    tmp_path: Path, dir: str, others: list[str], what: str, fix: str
) -> None:
    repo, nothing = make_repo(tmp_path), cast("Any", None)
    for name in {dir, *others}:
        text = "entrypoint: [python, -m, app]\n" if name in others else ""
        make_runnable_dir(repo, name, {"devops/config.yaml": text})
    places = Places(repo, repo.runnable_dir(dir), nothing, ())
    found = or_no_image(places, HelpersError("it runs nothing", fix="i release"))
    assert found.what.startswith(what)
    assert found.fix.startswith(fix)


def _values(root: Path, name: str) -> dict[str, str]:
    repo: Any = make_repo(root, commit=False)
    nothing: Any = None
    return dict(_read_values(Places(repo, nothing, nothing, ()), name))


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        ("a.yaml", "b: {c: 1, d: [x, yes]}\ne:\n", {"b.c": "1", "b.d[0]": "x", "b.d[1]": "yes",
                                                    "e": ""}),
        ("a.json", '{"b": {"c": true}}', {"b.c": "true"}),
        ("a.toml", "[b]\nc = 1\n", {"b.c": "1"}),
        (".env.staging", "# of it\nexport A='1'\n\nB=x=y\n", {"A": "1", "B": "x=y"}),
        ("a.yml", "", {}),
    ],
)  # fmt: skip
def test_values_are_read_by_the_form_that_the_name_says(
    tmp_path: Path, name: str, text: str, values: dict[str, str]
) -> None:
    write_files(tmp_path, {name: text})
    assert _values(tmp_path, name) == values


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("a.yaml", None, "the file with the values of an environment cannot be read"),
        ("a.yaml", "b: [", "the values of an environment cannot be read"),
        ("a.toml", "b", "the values of an environment cannot be read"),
        ("a.env", "A=1\nB\n", "line 2 is not NAME=value"),
        ("a.ini", "b=1", "nothing says what form a file '.ini' has"),
        ("a.yaml", b"b: \xff", "the values of an environment cannot be read"),
    ],
)
def test_values_that_cannot_be_read_are_told_with_their_file(
    tmp_path: Path, name: str, text: str | bytes | None, what: str
) -> None:
    if text is not None:
        write_files(tmp_path, {name: text})
    with pytest.raises(HelpersError) as caught:
        _values(tmp_path, name)
    assert what in caught.value.what
    assert str(tmp_path / name) in caught.value.where
    assert caught.value.fix


def test_a_secret_is_not_shown_and_nothing_of_a_registry_is_obeyed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    runs = Promoted("sha256:12", "prod-\x1b[31m1.0.0\n", "2026", "ann"), None
    values = {"db.password": ("hunter22", ""), "replicas": ("1", "2")}
    one = Difference("app", ("staging", "production"), runs, ("a.yaml", ""), values)
    print_difference([one], "shop")
    shown = capsys.readouterr().out
    assert "hunter22" not in shown
    assert "\x1b" not in shown
    assert shown.splitlines()[-1].split() == ["replicas", "1", "2"]
    assert "\n\napp: values that differ (a.yaml and no file)\n" in shown
    assert "\n " not in shown


@pytest.mark.parametrize(
    ("goes_on", "keep", "says"),
    [
        (True, "", ["goes on", "  finish it: i finish"]),
        (
            *(False, "i keep"),
            [
                "somebody moved the tag back by other means",
                "  finish it: i finish",
                "  or keep what runs: i keep",
            ],
        ),
    ],
)
def test_what_is_half_promoted_is_told_with_all_that_it_can_be(
    capsys: pytest.CaptureFixture[str], goes_on: bool, keep: str, says: list[str]
) -> None:
    wanted = Promoted("sha256:12", "v1.0.0", "2026-01-01T10:00:00+00:00", "ann")
    one = Standing("app", "staging", None, wanted, "i finish", keep, goes_on)
    print_standing([one], "shop")
    first, *more = capsys.readouterr().out.splitlines()[2:]
    assert re.search(r"\(ann, \d{4}-\d\d-\d\d \d\d:\d\d\): it did not end, or ", first)
    assert [first.rpartition(", or ")[2], *more] == says
