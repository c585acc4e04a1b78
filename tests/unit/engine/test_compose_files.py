"""What is said of a compose file that cannot be read, or that keeps Compose busy."""

import pytest

from helpers.engine.compose_files import read_config
from helpers.model.errors import HelpersError
from helpers.system.process import ProcessError, ProcessResult


def test_what_compose_prints_is_the_configuration() -> None:
    done = ProcessResult(("docker",), 0, '{"services": {}}', "level=warning\n", 0.1)
    assert read_config(lambda: done, "the file", "a.yml", "docker compose config") == (
        {"services": {}},
        "level=warning\n",
    )


def test_a_malformed_file_is_told_with_the_command_that_shows_it() -> None:
    done = ProcessResult(("docker",), 15, "", "yaml: line 3: found a tab\n", 0.1)
    with pytest.raises(HelpersError) as refused:
        read_config(lambda: done, "the file", "a.yml", "docker compose config")
    assert refused.value.what == "the file cannot be read"
    assert refused.value.where == "a.yml\nyaml: line 3: found a tab"
    assert refused.value.fix.endswith("docker compose config")


def test_a_file_that_takes_too_long_is_told_as_such() -> None:
    def show() -> ProcessResult:
        raise ProcessError(("docker",), 124, "no answer within 15 s")

    with pytest.raises(HelpersError, match="the file takes more than 15 s to read") as refused:
        read_config(show, "the file", "a.yml", "docker compose config")
    assert "anchors" in refused.value.fix
