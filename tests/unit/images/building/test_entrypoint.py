"""What is told where nothing says what a production image runs."""

from pathlib import Path

import pytest

from helpers.images.building.entrypoint import check_entrypoint
from helpers.model.errors import HelpersError
from helpers.model.settings.config import DirConfig
from helpers.system.process import run
from helpers.system.repo_files import read_dir_config
from helpers.tasks.cli import with_entrypoint
from tests.builders import make_repo, make_runnable_dir

CONFIG = "devops/config.yaml"


@pytest.mark.parametrize(
    ("files", "entrypoint"),
    [
        ({"svc/__main__.py": ""}, ("python", "-m", "svc")),
        ({"src/svc/__main__.py": "", "main.py": ""}, ("python", "-m", "svc")),
        ({"app.py": "", CONFIG: "# ours"}, ("python", "app.py")),
        ({CONFIG: "depends_on: []\n"}, ("python", "-m", "my_service")),
    ],
)
def test_the_command_that_is_told_says_it(
    tmp_path: Path, files: dict[str, str], entrypoint: tuple[str, ...]
) -> None:
    made = make_runnable_dir(make_repo(tmp_path / "repo"), "my app", files)
    with pytest.raises(HelpersError, match="production image of my app runs") as caught:
        check_entrypoint(made, DirConfig())
    assert caught.value.where.startswith(f"my app/{CONFIG}")
    assert ("does not exist yet" in caught.value.where) == (CONFIG not in files)
    command, _, told = caught.value.fix.partition("   (")
    assert ("makes the file" in told) == (CONFIG not in files)
    assert ("your module" in told) == ("my_service" in entrypoint)
    run(["sh", "-c", command], cwd=made.repo)
    assert read_dir_config(made).entrypoint == entrypoint
    check_entrypoint(made, read_dir_config(made))
    assert with_entrypoint([made]) == [made]


def test_of_all_dirs_one_is_named_where_none_has_a_production_image(tmp_path: Path) -> None:
    made = make_runnable_dir(make_repo(tmp_path / "repo"), "app")
    with pytest.raises(HelpersError) as caught:
        with_entrypoint([made])
    assert f"app/{CONFIG}" in caught.value.fix
    with pytest.raises(HelpersError) as none:
        with_entrypoint([])
    assert none.value.fix.startswith("i runnable_dir_create --dir ")
