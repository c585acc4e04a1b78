"""Forms of earlier versions: read as what they became, told, replaced where they stand."""

import tomllib

import pytest

from helpers.model.errors import HelpersError
from helpers.model.settings.config import DirConfig, modern_dir_config, parse_dir_config
from helpers.model.settings.config_keys import DIR_KEYS
from helpers.model.settings.deprecated import Deprecated
from helpers.model.settings.socket_policy import SocketPolicy
from helpers.system.locate import TOOLCHAIN_ROOT


def _read(text: str) -> tuple[DirConfig, list[Deprecated]]:
    told: list[Deprecated] = []
    return parse_dir_config(text, "app/devops/config.yaml", told.append), told


@pytest.mark.parametrize("word", ["true", "True", "yes", "on"])
def test_a_socket_without_a_policy_is_read_as_the_whole_socket(word: str) -> None:
    found, told = _read(f"# Why\nsibling: {word}\n")
    assert found.sibling is SocketPolicy.FULL
    assert told == [
        Deprecated(
            "app/devops/config.yaml:2",
            "'sibling: true' is the form of 1.0",
            "write 'sibling: full'",
        )
    ]


def test_no_socket_is_read_as_a_key_that_is_not_written() -> None:
    found, told = _read("sibling: false\n")
    assert found == DirConfig()
    assert [item.fix for item in told] == ["remove it"]


def test_present_forms_are_not_told() -> None:
    assert _read("sibling: full\nreuse: false\ndind: true\n")[1] == []


@pytest.mark.parametrize("value", ["'true'", "1", "[true]", "maybe"])
def test_what_never_was_a_form_is_an_error(value: str) -> None:
    with pytest.raises(HelpersError, match="expected one of read-only, own, full"):
        parse_dir_config(f"sibling: {value}\n", "c")


def test_a_former_value_does_not_hide_that_a_key_stands_twice() -> None:
    with pytest.raises(HelpersError, match="occurs twice"):
        parse_dir_config("sibling: false\nsibling: own\n", "c")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "# The tests start containers.\nsibling:   true   # all of it\nreuse: false\n",
            "# The tests start containers.\nsibling:   full   # all of it\nreuse: false\n",
        ),
        ("sibling: yes", "sibling: full"),
        ("reuse: false\r\nsibling: true\r\n", "reuse: false\r\nsibling: full\r\n"),
        ("reuse: false\nsibling: false\ndind: true\n", "reuse: false\ndind: true\n"),
        ("sibling: false  # not yet\ndind: true\n", "# not yet\ndind: true\n"),
        ("sibling: off", ""),
        ("dind: true\nsibling: no", "dind: true\n"),
        ("{sibling: true, dind: true}\n", "{sibling: full, dind: true}\n"),
        ("{sibling: false, dind: true}\n", "{dind: true}\n"),
        ("{dind: true, sibling: false}\n", "{dind: true}\n"),
        ("{sibling: false}\n", "{}\n"),
        ('---\n"sibling": true\n...\n', '---\n"sibling": full\n...\n'),
        ("", ""),
        ("# nothing\n", "# nothing\n"),
        ("sibling: own # kept\n", "sibling: own # kept\n"),
        ("naïve: é\nsibling: true\n", "naïve: é\nsibling: full\n"),
    ],
)
def test_a_former_value_is_replaced_and_all_else_stays(before: str, after: str) -> None:
    assert modern_dir_config(before, "c") == after
    assert modern_dir_config(after, "c") == after


def test_what_is_replaced_means_what_was_read() -> None:
    for text in ("sibling: true\nreuse: false\n", "{dind: true, sibling: false}\n"):
        modern, told = _read(modern_dir_config(text, "c"))
        assert (modern, told) == (_read(text)[0], [])


def test_forms_are_read_for_one_major_version() -> None:
    project = tomllib.loads((TOOLCHAIN_ROOT / "pyproject.toml").read_text())["project"]
    major = int(project["version"].split(".")[0])
    for key in DIR_KEYS:
        for former in key.formers:
            assert major - int(former.version.split(".")[0]) <= 1, f"remove {key.name}: {former}"
