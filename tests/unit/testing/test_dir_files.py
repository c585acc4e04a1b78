from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.testing.dir_files import DirFiles
from tests.builders import make_repo, make_runnable_dir


def test_files_are_read_once_and_what_is_wrong_is_said_where_they_are_used(tmp_path: Path) -> None:
    repo = make_repo(tmp_path)
    item = make_runnable_dir(repo, "app")
    files = DirFiles(item, "all")
    assert (files.image, files.config.reuse) == ("app-1.0.0", True)
    item.changelog.write_text("nothing")
    item.config.write_text("nothing: so")
    assert (files.image, files.config.reuse) == ("app-1.0.0", True)
    malformed = DirFiles(item, "all")
    assert malformed.image == ""
    for _ in range(2):
        with pytest.raises(HelpersError):
            _ = malformed.changelog
        with pytest.raises(HelpersError):
            _ = malformed.config
