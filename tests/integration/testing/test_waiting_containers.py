"""A container that waits for the next run is as good as new."""

import os

import pytest

from tests.integration.conftest import Workplace

pytestmark = pytest.mark.slow

# Whatever a test may leave behind, by whom.
_ANYBODY = {
    "an empty file": "open('/var/tmp/left', 'w').close()",
    "a queue of POSIX": (
        "import ctypes\n    ctypes.CDLL(None).mq_open(b'/left', 0o102, 0o600, None)"
    ),
    "shared memory of System V": "import ctypes\n    ctypes.CDLL(None).shmget(77, 4096, 0o1600)",
    "semaphores of System V": "import ctypes\n    ctypes.CDLL(None).semget(77, 1, 0o1600)",
    "a queue of System V": "import ctypes\n    ctypes.CDLL(None).msgget(77, 0o1600)",
    "a process": "import subprocess\n    subprocess.Popen(['sleep', '60'], start_new_session=True)",
    "a mode of the home": "import os\n    os.chmod(os.path.expanduser('~'), 0o500)",
}
_ROOT = {
    "a line in hosts": "open('/etc/hosts', 'a').write('10.0.0.1 left')",
    "a device": "import os\n    os.mkdir('/dev/left')",
    "a file that is gone": "import os\n    os.remove('/etc/debian_version')",
    "bytes in place": "file = open('/etc/passwd', 'r+')\n    file.write('R')\n    file.close()",
}


def _idle(workplace: Workplace) -> list[str]:
    return [name for name in workplace.containers() if "-idle-" in name]


@pytest.mark.parametrize("left", [*_ANYBODY, *(_ROOT if os.getuid() == 0 else {})])
def test_one_in_which_tests_left_something_is_not_used_again(
    workplace: Workplace, left: str
) -> None:
    workplace.add_dir("one", f"def test_a():\n    {(_ANYBODY | _ROOT)[left]}\n")
    done = workplace.main_pytest()
    assert done.status == 0, done.stdout
    assert _idle(workplace) == []


def test_what_is_in_memory_is_emptied_and_no_reason_to_make_another(workplace: Workplace) -> None:
    source = (
        "import os, pathlib, tempfile\ndef test_a(tmp_path):\n"
        "    for folder in ('/tmp', '/dev/shm', os.path.expanduser('~')):\n"
        "        left = pathlib.Path(folder, 'left')\n"
        "        assert not left.exists()\n"
        "        left.mkdir()\n        left.joinpath('x').touch()\n        left.chmod(0)\n"
    )
    workplace.add_dir("one", source)
    assert workplace.main_pytest().status == 0
    (first,) = _idle(workplace)
    workplace.add_dir("one", source + "# again\n")
    done = workplace.main_pytest()
    assert done.status == 0, done.stdout
    assert _idle(workplace) == [first]


def test_what_tests_leave_in_a_cache_of_python_is_not_there_for_the_next(
    workplace: Workplace,
) -> None:
    source = (
        "from pathlib import Path\nimport goods\ndef test_a():\n"
        "    cache = Path(__file__).parent / '__pycache__'\n    cache.mkdir(exist_ok=True)\n"
        "    assert not (cache / 'left.json').exists()\n    (cache / 'left.json').touch()\n"
    )
    workplace.add_dir("one", source, **{"goods.py": "A = 1\n"})
    assert workplace.main_pytest().status == 0
    workplace.add_dir("one", source + "# again\n")
    done = workplace.main_pytest()
    assert done.status == 0, done.stdout
