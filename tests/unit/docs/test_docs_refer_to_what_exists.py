"""What the pages name must exist, what exists must be named, and what they show must be so."""

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from invoke.parser import Parser

from helpers.images.building.os_packages import parse_os_packages
from helpers.model.changelog.parse import parse_changelog
from helpers.model.errors import HelpersError
from helpers.model.settings.config import DirConfig, RepoConfig, parse_dir_config, parse_repo_config
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.tasks.namespace import namespace
from helpers.tasks.program import spelled_out
from helpers.tasks.test_options import command_line_parser
from tests.pages import PAGES, Block, blocks, calls

_CONFIGURATION = TOOLCHAIN_ROOT / "docs" / "configuration.md"
_CALLS_OF_TASKS = [(page.name, words) for page in PAGES for words in calls(page, "i")]
_CALLS_OF_MAIN_PYTEST = [
    (page.name, words) for page in PAGES for words in calls(page, "main_pytest.py")
]
_LINK = re.compile(r"\]\((?!https?:)(?P<file>[^)#]*)(#(?P<heading>[^)]+))?\)")
_HEADING = re.compile(r"^#+ (?P<text>.+)$", re.MULTILINE)
# A row of a table of mistakes: what the file says, and the error.
_MISTAKE = re.compile(r"^\| `(?P<line>[a-z_]+:[^`]*)` \| `(?P<error>[^`]+)` \|$", re.MULTILINE)

# What it parses changes nothing in it.
_PARSER = Parser(contexts=namespace.to_contexts())


def _anchors(page: Path) -> set[str]:
    """As GitHub makes them: small letters, no punctuation, hyphens for spaces."""
    headings = (match["text"].lower() for match in _HEADING.finditer(page.read_text()))
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in headings}


def _section(heading: str) -> str:
    """A section of the page on configuration."""
    _, _, rest = _CONFIGURATION.read_text().partition(f"\n## {heading}")
    return rest.partition("\n## ")[0]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for link in _LINK.finditer(page.read_text()):
        target = page.parent / link["file"] if link["file"] else page
        if not target.exists() or (link["heading"] and link["heading"] not in _anchors(target)):
            broken.append(link[0])
    assert broken == []


@pytest.mark.parametrize(("page", "words"), _CALLS_OF_TASKS)
def test_tasks_are_called_as_they_can_be(page: str, words: tuple[str, ...]) -> None:
    if len(words) == 1 and not words[0].startswith("-"):
        # It may be its name alone, in the middle of a sentence.
        assert words[0] in namespace, page
    elif words and words[0] != "help" and not words[0].startswith("-"):
        typed = spelled_out(list(words), namespace)
        called = _PARSER.parse_argv(typed)
        assert [context.name for context in called] == [namespace[words[0]].name], page


@pytest.mark.parametrize(("page", "words"), _CALLS_OF_MAIN_PYTEST)
def test_main_pytest_is_called_as_it_can_be(page: str, words: tuple[str, ...]) -> None:
    ours = words[: words.index("--")] if "--" in words else words
    if "--help" not in ours:
        command_line_parser(page).parse_args(ours)


def test_the_calls_on_the_pages_are_found() -> None:
    assert ("README.md", ("docker_bash",)) in _CALLS_OF_TASKS
    assert len(_CALLS_OF_TASKS) > 40
    assert len(_CALLS_OF_MAIN_PYTEST) > 10


def test_both_pages_on_adoption_say_the_same() -> None:
    readme, longer = (
        next(b for b in blocks(page, "console") if "submodule add" in b.text).commands
        for page in (TOOLCHAIN_ROOT / "README.md", TOOLCHAIN_ROOT / "docs" / "getting_started.md")
    )
    assert longer[: len(readme)] == readme


def test_every_script_that_is_named_exists() -> None:
    commands = [c for page in PAGES for b in blocks(page, "bash", "console") for c in b.commands]
    named = {word for command in commands for word in command.split() if word.endswith(".sh")}
    own = {name.removeprefix("helpers_root/") for name in named}
    assert [name for name in own if not (TOOLCHAIN_ROOT / name).exists()] == []


@pytest.mark.parametrize("model", [RepoConfig, DirConfig])
def test_every_key_is_described(model: type[RepoConfig] | type[DirConfig]) -> None:
    page = _CONFIGURATION.read_text()
    assert [f.name for f in dataclasses.fields(model) if f"| `{f.name}` |" not in page] == []


def test_the_default_of_every_key_is_what_the_page_says() -> None:
    repo_keys, dir_keys = _section("`repo_config.yaml`"), _section("`devops/config.yaml`")
    of_repo = [(field, repo_keys) for field in dataclasses.fields(RepoConfig)]
    for field, text in of_repo + [(field, dir_keys) for field in dataclasses.fields(DirConfig)]:
        (shown,) = re.findall(rf"^\| `{field.name}` \| [^|]+ \|([^|]*)\|", text, re.MULTILINE)
        nothing = field.default in (dataclasses.MISSING, None, ())
        default = "" if nothing else field.default
        known = {"": "", "none": "", "`false`": False, "`true`": True}
        assert known.get(shown.strip(), shown.strip(" `")) == default, field.name


@pytest.mark.parametrize(
    ("heading", "parse"),
    [("`repo_config.yaml`", parse_repo_config), ("`devops/config.yaml`", parse_dir_config)],
)
def test_mistakes_in_settings_are_answered_as_the_page_says(
    heading: str, parse: Callable[[str, str], object]
) -> None:
    rows = [(match["line"], match["error"]) for match in _MISTAKE.finditer(_section(heading))]
    assert rows
    for line, shown in rows:
        needs_name = parse is parse_repo_config and "'name'" not in shown
        text = f"{line}\nname: shop\n" if needs_name else f"{line}\n"
        with pytest.raises(HelpersError) as caught:
            parse(text, "file.yaml")
        assert caught.value.what == shown


@pytest.mark.parametrize(
    ("start", "parse"),
    [
        ("name: shop\n", parse_repo_config),
        ("depends_on:\n", parse_dir_config),
        ("# my_app-", parse_changelog),
        ("# The program", parse_os_packages),
    ],
)
def test_files_on_the_page_are_well_formed(start: str, parse: Callable[[str, str], object]) -> None:
    shown = [b.text for b in blocks(_CONFIGURATION, "text") if b.text.startswith(start)]
    assert shown
    for text in shown:
        parse(text, "file")


def test_every_task_and_option_is_described() -> None:
    text = "\n".join(page.read_text() for page in PAGES)
    names = set(namespace.task_names)
    for task in namespace.task_names:
        options = (argument.names for argument in namespace[task].get_arguments())
        names |= {f"--{max(words, key=len).replace('_', '-')}" for words in options}
    missing = [name for name in names if not re.search(rf"(?<![\w-]){name}(?![\w-])", text)]
    assert sorted(missing) == []


def test_every_option_of_main_pytest_is_described() -> None:
    page = (TOOLCHAIN_ROOT / "docs" / "running_tests.md").read_text()
    parser = command_line_parser("main_pytest.py")
    options = {option for action in parser._actions for option in action.option_strings}
    assert [o for o in sorted(options - {"-h", "--help"}) if f"`{o}" not in page] == []


def test_every_command_that_can_be_run_is_in_a_block_that_is_run() -> None:
    run = [block for page in PAGES for block in blocks(page, "bash")]
    assert len(run) > 10
    assert all(isinstance(block, Block) and block.text.strip() for block in run)
