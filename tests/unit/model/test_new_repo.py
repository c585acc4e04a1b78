"""The questions of a new repo, what may be answered, and the names that derive."""

import pytest

from helpers.model.errors import HelpersError
from helpers.model.new_repo import Answers, Names, Question, derive_names, questions
from helpers.model.settings.repo_defaults import RepoDefaults, parse_repo_defaults
from helpers.system.locate import TOOLCHAIN_ROOT

_QUESTIONS = {
    one.key: one
    for one in questions(
        author="Ann",
        lockers=("uv", "poetry"),
        pythons=("3.11", "3.13"),
        templates=("library", "service"),
    )
}


def test_there_are_six_questions_and_only_the_name_has_no_default() -> None:
    assert list(_QUESTIONS) == ["name", "author", "lock", "python", "start", "remote"]
    assert {key: one.default for key, one in _QUESTIONS.items()} == {
        "name": "",
        "author": "Ann",
        "lock": "uv",
        "python": "3.13",
        "start": "library",
        "remote": "none",
    }


@pytest.mark.parametrize(
    ("key", "answer", "counts"),
    [
        ("name", " template_test ", "template_test"),
        ("name", "Shop2", "Shop2"),
        ("author", "Ann Müller, Shop GmbH", "Ann Müller, Shop GmbH"),
        ("lock", "Poetry", "poetry"),
        ("start", "nothing", "nothing"),
        ("remote", "my-company", "my-company"),
        ("remote", "none", "none"),
    ],
)
def test_answers_that_count(key: str, answer: str, counts: str) -> None:
    assert _QUESTIONS[key].check(answer) == counts


@pytest.mark.parametrize(
    ("key", "answer", "what", "fix"),
    [
        ("name", "my repo!", "letters, digits and _", "--data name=my_repo"),
        ("name", "Größe-2", "letters, digits and _", "--data name=grosse_2"),
        ("name", "2fast", "beginning with a letter", "--data name=template_test"),
        ("name", "", "letters, digits and _", "--data name=template_test"),
        ("author", " ", "one line of text", "--data author='Ann Author'"),
        ("author", "Ann\nMore", "one line of text", "--data author='Ann Author'"),
        ("lock", "poetri", "none of uv, poetry", "--data lock=poetry"),
        ("python", "2.7", "none of 3.11, 3.13", "--data python=3.11 or --data python=3.13"),
        ("start", "servcie", "none of library, service, nothing", "--data start=service"),
        ("remote", "acme/shop", "the name of an owner", "--data remote=my-company"),
        ("remote", "-acme", "the name of an owner", "--data remote=my-company"),
    ],
)
def test_answers_that_cannot_be(key: str, answer: str, what: str, fix: str) -> None:
    with pytest.raises(HelpersError, match=what) as caught:
        _QUESTIONS[key].check(answer)
    assert caught.value.fix == fix


def test_a_question_without_choices_or_a_form_takes_one_line() -> None:
    assert Question("motto", "motto").check("any text") == "any text"


def test_what_is_left_out_is_told_by_the_answers() -> None:
    answers = Answers("shop", "Ann", "uv", "3.13", "nothing", "none")
    assert not answers.has_template
    assert not answers.has_remote


def test_every_name_follows_the_patterns_of_the_toolchain() -> None:
    path = TOOLCHAIN_ROOT / "repo_defaults.yaml"
    patterns = parse_repo_defaults(path.read_text(), path.name).names
    assert derive_names("template_test", patterns) == Names(
        repo="rnd-template-test",
        package="acme-rnd-template-test",
        image="acme-rnd-template-test",
        module="template_test",
    )


def test_without_patterns_names_are_the_projects_own() -> None:
    assert derive_names("Shop_API_", {}) == Names("shop-api", "shop-api", "shop-api", "shop_api_")


def test_no_image_ends_in_what_looks_like_a_version() -> None:
    assert derive_names("forecast_2", {}).image == "forecast_2"
    assert derive_names("forecast_2", {}).repo == "forecast-2"


@pytest.mark.parametrize(
    ("name", "patterns", "said"),
    [
        ("shop", {"import": "my-{name}"}, "gives the import 'my-shop'"),
        ("shop", {"image": "a..{name}"}, "gives the image 'a..shop'"),
        ("shop", {"package": "{name}-"}, "gives the package 'shop-'"),
        ("x" * 101, {}, "gives the repo"),
    ],
)
def test_a_pattern_that_gives_no_name_is_told(
    name: str, patterns: dict[str, str], said: str
) -> None:
    with pytest.raises(HelpersError, match=said):
        derive_names(name, patterns)


def test_the_file_of_defaults_is_read_as_written() -> None:
    text = (
        "names: {repo: 'x-{dashed}'}\nauthor: Shop GmbH\nvisibility: internal\nreviews: 2\n"
        "teams: {devs: push}\nenvironments: [staging, production]\nlicense: MIT\n"
        "license_text: |\n  (c) {author}\nindex: https://index.test/simple\n"
    )
    assert parse_repo_defaults(text, "f") == RepoDefaults(
        names={"repo": "x-{dashed}"},
        author="Shop GmbH",
        index="https://index.test/simple",
        visibility="internal",
        teams={"devs": "push"},
        reviews=2,
        environments=("staging", "production"),
        license="MIT",
        license_text="(c) {author}\n",
    )
    assert parse_repo_defaults("", "f") == RepoDefaults()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("names: {repo: shop}", "'shop' is not a pattern of a name"),
        ("names: {repos: '{name}'}", "repos"),
        ("names: {repo: '{other}'}", "is not a pattern"),
        ("teams: {devs: write}", "'write' is no right of a team"),
        ("visibility: secret", "one of private, internal, public"),
        ("environments: ['a b']", "'a b' is no name of an environment"),
        ("index: 'https://user:secret@index.test/'", "no address of an index"),
        ("nmaes: {}", "nmaes"),
    ],
)
def test_mistakes_in_the_file_of_defaults_are_told(line: str, said: str) -> None:
    with pytest.raises(HelpersError, match=said) as caught:
        parse_repo_defaults(line, "repo_defaults.yaml")
    assert caught.value.where.startswith("repo_defaults.yaml:1")
    assert "secret@" not in str(caught.value)
