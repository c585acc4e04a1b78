"""The shell of a container is whole, also where Ctrl-C came before bash read its file."""

import shlex

import pytest

from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import run

_BASHRC = TOOLCHAIN_ROOT / "devops" / "in_container" / "bashrc"


@pytest.mark.parametrize("read", [["--rcfile", str(_BASHRC)], ["--norc"]])
def test_the_first_prompt_is_that_of_the_toolchain_and_nothing_is_left_behind(
    read: list[str],
) -> None:
    env = {"PROMPT_COMMAND": f". {shlex.quote(str(_BASHRC))}", "HELPERS_SETENV": ""}
    script = 'echo "[$PS1]"; echo "<${PROMPT_COMMAND-}>"; trap\n'
    done = run(["bash", *read, "-i"], env=env, stdin=script, check=False)
    assert "${HELPERS_DIR}" in done.stdout
    assert done.stdout.endswith("<>\n"), "no command before each prompt, and no trap"
