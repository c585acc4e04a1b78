"""What is installed on the host, and by which command."""

from pathlib import Path

import pytest

from helpers.lockers.all_lockers import read_locked
from helpers.lockers.commands import export_command
from helpers.lockers.host_environment import Installer, Wanted, interpreters, wanted_of
from helpers.lockers.locked import Locked
from helpers.lockers.required_python import Required
from helpers.lockers.stale import check_compiled
from helpers.model.errors import HelpersError
from tests.builders import write_files

_HASH = "--hash=sha256:" + "0" * 64
_EXPORTED = f"""\
-e file:///repo/libs/text ; python_version >= "3.11"
shop-log @ file:///repo/libs/log
iniconfig==2.0.0 ; python_version >= "3.11" \\
    {_HASH}
"""
_PYTHON, _FOLDER = Path("/v/bin/python"), Path("/f")


def test_packages_by_path_are_left_to_what_leads_to_their_code() -> None:
    wanted = wanted_of(Locked("poetry", ""), _EXPORTED, Path("/nowhere"))
    assert wanted.names == ("iniconfig",)
    command = Installer("/bin/uv").install(_PYTHON, _FOLDER, wanted)
    assert command[-3:] == ["--no-deps", "--require-hashes", "--requirement=/f/requirements.txt"]


def test_requirements_of_pip_keep_what_they_include_and_their_constraints(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        {
            "requirements.txt": "-e ../lib\n-r more.txt\n-c limits.txt\nattrs>=23\n",
            "more.txt": "idna\n",
            "limits.txt": "idna<4\n",
            "requirements_dev.txt": "pytest\n",
            "requirements_prod.txt": "gunicorn\n",
        },
    )
    wanted = wanted_of(read_locked(tmp_path), "", tmp_path)
    assert wanted.main == ("requirements.txt", "requirements_dev.txt")
    assert wanted.names == ("attrs", "idna", "pytest")
    command = Installer("").install(_PYTHON, _FOLDER, wanted)
    assert command[:3] == ["/v/bin/python", "-m", "pip"]
    assert not {"--no-deps", "--require-hashes"} & set(command)
    assert "gunicorn" not in "".join(wanted.files.values())


def test_a_dir_without_a_lock_has_nothing_from_an_index() -> None:
    assert wanted_of(Locked("none", ""), "", Path("/nowhere")) == Wanted()


def test_the_tool_that_locks_exports_and_says_whether_its_lock_is_fresh() -> None:
    assert export_command(Locked("pip", ""), "") == ()
    poetry = export_command(Locked("poetry", ""), "--all-groups")
    assert poetry[0].endswith("/poetry")
    assert poetry[-1] == "--all-groups"
    assert "--locked" in export_command(Locked("uv", ""), "")
    assert "--frozen" in export_command(Locked("uv", "", checked_by_tool=False), "")


def test_uv_is_asked_for_a_python_that_fits_where_none_on_path_does() -> None:
    required = [Required(">=3.12", "", (">=3.12",)), Required("<4", "", ("<4",))]
    assert [*interpreters(required, Installer("/bin/uv"), "/own")][-1] == ">=3.12,<4"
    first, *_, last = interpreters(required, Installer(""), "/own")
    assert (first, last) == ("/own", "python3.9")


@pytest.mark.parametrize(
    ("source", "lock", "says"),
    [
        ("attrs>=24\n", "attrs==23.1\n", "attrs>=24, and requirements.txt has 23.1"),
        ("attrs\nidna\n", "attrs==23.1\n", "idna, and requirements.txt does not have it"),
        ("attrs>=23\n", "attrs==23.1\n", ""),
        ("attrs; python_version < '3'\n", "idna==3\n", ""),
    ],
)
def test_compiled_requirements_hold_what_their_source_asks_for(
    tmp_path: Path, source: str, lock: str, says: str
) -> None:
    write_files(tmp_path, {"requirements.in": source, "requirements.txt": lock})
    if not says:
        check_compiled(tmp_path, "app")
        return
    with pytest.raises(HelpersError, match=says) as caught:
        check_compiled(tmp_path, "app")
    assert caught.value.fix == "i dependency_lock --dir app"
