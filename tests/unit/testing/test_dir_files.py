from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.testing.dir_files import read_dir_files
from tests.builders import make_repo, make_runnable_dir


def test_files_are_read_once_and_what_is_wrong_is_said_where_they_are_used(tmp_path: Path) -> None:
    repo = make_repo(tmp_path)
    item = make_runnable_dir(repo, "app")
    files = read_dir_files(item)
    item.changelog.write_text("nothing")
    item.config.write_text("nothing: so")
    assert files.image == f"{files.changelog.image_name}-{files.changelog.version}"
    assert files.config.reuse
    malformed = read_dir_files(item)
    assert malformed.image == ""
    for _ in range(2):
        with pytest.raises(HelpersError):
            _ = malformed.changelog
        with pytest.raises(HelpersError):
            _ = malformed.config
