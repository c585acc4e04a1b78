"""A real package index that fails on purpose."""

from pathlib import Path

import pytest
from packaging.tags import Tag

from helpers.model.packages.index import PackageIndex
from helpers.registry.access import Access
from helpers.registry.credentials import Credentials
from helpers.registry.errors import NotAuthorizedError, RegistryError, RegistryUnavailableError
from helpers.registry.package_index import IndexClient, OtherContentError
from helpers.registry.retry_budget import RetryBudget
from helpers.registry.upload_form import PackageFile
from helpers.system.host import read_host
from helpers.wheels.archive import Entry, wheel_file, wheel_name, write_wheel
from tests.package_indexes import PASSWORD, USER, RunningIndex
from tests.registries import Fault

pytestmark = pytest.mark.slow

_TAGS = [Tag("py3", "none", "any")]
_KNOWN = Credentials(USER, PASSWORD)


def client_of(index: RunningIndex, login: Credentials | None = _KNOWN) -> IndexClient:
    access = Access(read_host(), None, budget=RetryBudget(total=2, first=0.01))
    return IndexClient(PackageIndex("team", index.simple, index.publish), access, lambda: login)


def wheel(folder: Path, version: str, content: str = "X = 1\n") -> PackageFile:
    info = f"one_lib-{version}.dist-info"
    metadata = f"Metadata-Version: 2.4\nName: one-lib\nVersion: {version}\nSummary: ü\n\nLong.\n"
    files = {
        "one_lib/__init__.py": Entry(content.encode()),
        f"{info}/METADATA": Entry(metadata.encode()),
        f"{info}/WHEEL": Entry(wheel_file(_TAGS, pure=True)),
    }
    path = folder / wheel_name("one-lib", version, _TAGS)
    write_wheel(path, files, info, 1_700_000_000)
    return PackageFile(path, "one-lib", version, metadata.encode())


@pytest.mark.parametrize(
    ("fault", "posts"),
    [
        (Fault("POST", cut_request=100), 2),
        (Fault("POST", lose_answer=True), 1),
        (Fault("POST", status=500), 2),
        (Fault("GET", cut_answer=1), 1),
        (Fault("GET", drop=True), 1),
    ],
)
def test_a_cut_connection_is_tried_again(
    fault: Fault, posts: int, package_index: RunningIndex, tmp_path: Path
) -> None:
    client, file = client_of(package_index), wheel(tmp_path, "1.0")
    package_index.proxy.fail(fault)
    assert not client.files("one-lib")
    client.upload(file)
    client.wait_listed(file)
    assert package_index.proxy.count("POST") == posts
    assert client.has(file, client.files("one.lib")[file.path.name])
    assert client.download(client.files("one-lib")[file.path.name]) == file.path.read_bytes()


def test_what_was_asked_ahead_is_answered_once_and_what_failed_is_told(
    package_index: RunningIndex, tmp_path: Path
) -> None:
    client, file = client_of(package_index), wheel(tmp_path, "1.0")
    client.ask_ahead(["one-lib", "other"])
    assert not client.files("one-lib")
    client.upload(file)
    assert list(client.files("one-lib")) == [file.path.name]
    assert not client.files("other")
    package_index.proxy.fail(Fault("GET", status=400, times=2))
    client.ask_ahead(["two", "three"])
    with pytest.raises(RegistryError, match="status 400"):
        client.files("two")


def test_a_login_that_was_given_is_sent_at_once_where_it_is_published(
    package_index: RunningIndex,
) -> None:
    access, index = Access(read_host(), None), package_index
    for simple, asked in ((index.simple, 1), (index.simple.replace("127.0.0.1", "localhost"), 2)):
        before = index.proxy.count("GET")
        named = PackageIndex("team", simple, index.publish)
        IndexClient(named, access, lambda: _KNOWN, given=True).files("one")
        assert index.proxy.count("GET") - before == asked


def test_an_identical_file_is_success_and_another_one_is_refused(
    package_index: RunningIndex, tmp_path: Path
) -> None:
    client = client_of(package_index)
    client.upload(wheel(tmp_path, "1.0"))
    client.upload(wheel(tmp_path, "1.0"))
    with pytest.raises(OtherContentError):
        client.upload(wheel(tmp_path, "1.0", "X = 2\n"))
    package_index.proxy.fail(Fault("POST", status=400, content=b"<h1>No such &#39;thing&#39;</h1>"))
    with pytest.raises(RegistryError, match="status 400: No such 'thing'"):
        client.upload(wheel(tmp_path, "2.0"))
    assert package_index.names() == ["one_lib-1.0-py3-none-any.whl"]


@pytest.mark.parametrize("login", [None, Credentials(USER, "wr0ng")])
def test_a_login_that_is_missing_or_wrong_is_told_and_not_shown(
    login: Credentials | None, package_index: RunningIndex, tmp_path: Path
) -> None:
    client, file = client_of(package_index, login), wheel(tmp_path, "1.0")
    package_index.proxy.fail(Fault("POST", status=403, content=b"your wr0ng is not known"))
    for act in (lambda: client.files("one"), lambda: client.upload(file)):
        with pytest.raises(NotAuthorizedError) as caught:
            act()
        assert f"keyring set {package_index.publish}" in caught.value.fix
        assert login is None or "wr0ng" not in str(caught.value)


def test_an_index_that_stays_away_is_told(package_index: RunningIndex, tmp_path: Path) -> None:
    client = client_of(package_index)
    client.files("one")
    package_index.proxy.fail(Fault("POST", times=99, status=503))
    with pytest.raises(RegistryError, match="team refused with status 503"):
        client.upload(wheel(tmp_path, "1.0"))
    nobody = PackageIndex("gone", "http://127.0.0.1:1/simple")
    with pytest.raises(RegistryUnavailableError, match="refuses connections") as caught:
        IndexClient(nobody, Access(read_host(), None), lambda: None).files("one")
    assert "check that gone runs" in caught.value.fix
