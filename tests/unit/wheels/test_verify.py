"""What a published package is installed from: its index alone, which has that version."""

from pathlib import Path
from typing import Any, cast

import pytest

from helpers.images.installing.install_settings import install_settings
from helpers.model.errors import HelpersError
from helpers.model.packages.index import IndexFile, PackageIndex
from helpers.registry.credentials import Credentials
from helpers.registry.package_index import IndexClient
from helpers.wheels.on_index import check_there
from helpers.wheels.verify import install_source
from tests.builders import make_host

_KNOWN = Credentials("ann", "s3cret $x")


class _Index(IndexClient):
    def __init__(self, simple: str, *names: str) -> None:
        super().__init__(
            PackageIndex("team", simple, "https://h/up"), cast("Any", None), lambda: _KNOWN
        )
        self.kept = {one: IndexFile(one, one, {}) for one in names}

    def files(self, project: str) -> dict[str, IndexFile]:
        return self.kept if project == "api" else {}


def test_a_version_that_the_index_lacks_is_told_with_those_that_it_has() -> None:
    index = _Index(
        "https://h",
        *("api-1.10-py3-none-any.whl", "api-1.9-py3-none-any.whl", "api-1.9.tar.gz", "x.egg"),
    )
    found = check_there(index, "projects/api", "api", "1.9")
    assert [one.name for one in found] == ["api-1.9-py3-none-any.whl", "api-1.9.tar.gz"]
    with pytest.raises(HelpersError, match=r"team lacks api 2\.0") as caught:
        check_there(index, "projects/api", "api", "2.0")
    assert caught.value.where == "https://h has: 1.9, 1.10"
    assert caught.value.fix == "i package_publish --dir projects/api --index team"
    with pytest.raises(HelpersError) as caught:
        check_there(_Index("https://h"), "projects/api", "api", "2.0")
    assert caught.value.where == "https://h has: no version of it"


def test_nothing_that_the_host_installs_from_is_asked(tmp_path: Path) -> None:
    (tmp_path / "uv").mkdir()
    (tmp_path / "uv" / "uv.toml").write_text('extra-index-url = ["https://other"]\n')
    host = make_host(
        tmp_path,
        {
            "UV_INDEX": "https://other",
            "UV_FIND_LINKS": "https://other",
            "PIP_EXTRA_INDEX_URL": "https://other",
            "XDG_CONFIG_HOME": str(tmp_path),
            "HTTPS_PROXY": "http://proxy:3128",
        },
    )
    index = _Index("https://h/simple")
    source = install_source(index, host)
    said = install_settings(source.host, with_certificates=False)
    assert "export UV_DEFAULT_INDEX=PUBLISHED=https://h/simple\n" in said
    assert "export HTTPS_PROXY=http://proxy:3128\n" in said
    assert "other" not in said
    assert source.network == ""
    # A login is used where something wanted one.
    assert "s3cret" not in said
    index.login()
    said = install_settings(install_source(index, host).host, with_certificates=False)
    assert "export UV_INDEX_PUBLISHED_PASSWORD='s3cret $x'\n" in said


def test_an_index_on_this_machine_is_reached_where_this_runs(tmp_path: Path) -> None:
    host = make_host(tmp_path, {"no_proxy": "example.org"})
    source = install_source(_Index("http://127.0.0.1:3141/simple"), host)
    assert source.network == "host"
    assert source.host.environment["NO_PROXY"] == "example.org,localhost,127.0.0.1,::1"
