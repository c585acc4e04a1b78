"""The page of all commands is made from the commands."""

import re

from invoke.parser.context import to_flag

from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.tasks.namespace import is_short, namespace
from helpers.tasks.reference import reference
from helpers.tasks.test_options import command_line_parser, option_names


def test_the_page_is_as_the_commands_are() -> None:
    page = (TOOLCHAIN_ROOT / "docs" / "commands.md").read_text()
    again = "python -m helpers.tasks.reference > docs/commands.md"
    assert page == reference(), again


def test_it_has_every_task_and_every_option() -> None:
    page = reference()
    for task in namespace.tasks.values():
        if is_short(task):
            assert re.search(rf"`{task.name}`(, also called `\w+`,)? is short for `", page)
            continue
        assert all(f"`{alias}`" in page for alias in task.aliases)
        section = page.partition(f"\n### {task.name}\n")[2].partition("\n#")[0]
        assert (task.__doc__ or "").splitlines()[0] in section, task.name
        for option in task.get_arguments():
            flag = to_flag(option.names[0])
            assert f"| `{flag}" in section, f"{task.name} {flag}"
    for name in option_names(command_line_parser("./main_pytest.py")):
        assert f"`{name}" in page or name in ("-h", "--help"), name
