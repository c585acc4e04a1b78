"""What the toolchain shares with others it follows itself."""

import pytest

from helpers.managed_files.blocks import read_block
from helpers.model.managed_file import ManagedFile, Mode
from helpers.model.sync.key_documents import read_keys
from helpers.model.sync.key_merge import merge_keys
from helpers.model.sync.shared import SYNC_FILE_NAME, parse_shared
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.vcs.files import list_files

_SHARED = parse_shared((TOOLCHAIN_ROOT / SYNC_FILE_NAME).read_text(), SYNC_FILE_NAME)


@pytest.mark.parametrize("item", _SHARED, ids=lambda item: item.path)
def test_the_toolchain_has_what_it_shares(item: ManagedFile) -> None:
    shared = (TOOLCHAIN_ROOT / item.source).read_text()
    own = (TOOLCHAIN_ROOT / item.path).read_text()
    if item.mode is Mode.BLOCK:
        own = read_block(own, item.path) or ""
    if item.mode is Mode.KEYS:
        merge = merge_keys(None, read_keys(own, item.path), read_keys(shared, item.source))
        assert (merge.put, merge.conflicts) == ((), ())
    else:
        assert own == shared


def test_every_shared_source_is_on_the_list() -> None:
    listed = {item.source for item in _SHARED}
    found = set(list_files(TOOLCHAIN_ROOT, "shared_files"))
    assert found
    assert found <= listed


def test_every_mode_is_in_use() -> None:
    assert {item.mode for item in _SHARED} == set(Mode)
