"""All that is asked of py-rattler, whose API is below 1.0: solve, read and write locks, link.

Runs in builder images and in builds. What a person can fix is a `CondaError`.
"""

import asyncio
import hashlib
import json
import os
import re
import secrets
import sys
import tempfile
import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote, unquote

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))

import rattler
from rattler.exceptions import FetchRepoDataError, GatewayError, InstallerError, SolverError
from rattler.package_streaming import download_to_path

# What the host's rattler or conda settings say, as JSON: mirrors, an alias, tokens.
SETTINGS = "HELPERS_CONDA_SETTINGS"
FAILED = "conda-failure: "
_MACHINES = {"linux-64": "x86_64", "linux-aarch64": "aarch64"}
# The oldest kernel on which any image is run; a lock must not depend on the one that runs now.
_LINUX = "4.18"
_LOCAL = re.compile(r"(?P<before>^ *- conda: )(?P<path>\.\.?/\S.*)$", re.MULTILINE)
# As an address, which has no relative paths: read as it is, it would lose what leads up.
_LOCAL_CHANNEL = re.compile(r"(?P<before>^  channel: file://)/(?P<path>\.\.?/.*)$", re.MULTILINE)
_HASHED = re.compile(
    r"^(?P<start>- pypi: \S+?)#sha256=(?P<hash>[0-9a-f]{64})\n"
    r"(?P<rest>(?:  .*\n)*?  version: .*\n)",
    re.MULTILINE,
)
_USED = re.compile(r"#sha256=[0-9a-f]{64}$", re.MULTILINE)
_DOWNLOADS_AT_ONCE = 16
# Of an address: a channel's token, or a password.
_SECRET = re.compile(r"(?<=/t/)[^/\s]+(?=/)|(?<=://)[^/\s@]+(?=@)")


class CondaError(Exception):
    """What is wrong, where, and what fixes it."""

    def __init__(self, what: str, where: str = "", fix: str = "") -> None:
        super().__init__(what)
        texts = {"what": what, "where": where, "fix": fix}
        self.told = {name: _SECRET.sub("********", one) for name, one in texts.items()}


def finish(program: "Callable[[], int]") -> NoReturn:
    """Run a program and end with its exit status; its error is told to whoever started it.

    Threads of rattler's may still run: Python, ending as usual, is now and then killed by them.
    """
    try:
        status = program()
    except CondaError as error:
        print(FAILED + json.dumps(error.told), file=sys.stderr)
        status = 2
    except BaseException:
        print(_SECRET.sub("********", traceback.format_exc()), file=sys.stderr)
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


@dataclass(frozen=True)
class Wheel:
    """A file of a package index: a wheel, or what one is built from."""

    name: str
    version: str
    url: str
    sha256: str


@dataclass(frozen=True)
class Locked:
    """What a lock holds of one environment on one platform."""

    conda: "tuple[rattler.RepoDataRecord, ...]" = ()
    pypi: "tuple[Wheel, ...]" = ()


def glibc() -> str:
    """The version of this image's own C library; empty: it is another one than glibc."""
    try:
        said = os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (OSError, ValueError):
        return ""
    return said.partition(" ")[2]


def virtual_packages(cuda: str) -> "dict[str, str]":
    """What a machine with this image has, by the names that packages ask for."""
    found = {"__unix": "0", "__linux": _LINUX, "__archspec": "1"}
    found |= {"__glibc": glibc()} if glibc() else {}
    return found | ({"__cuda": cuda} if cuda else {})


class Channels:
    """Channels, asked with the host's settings."""

    def __init__(self, names: Sequence[str]) -> None:
        settings = self.settings = json.loads(os.environ.get(SETTINGS) or "{}")
        self._login(settings.get("auth") or {})
        config = rattler.Config.from_toml(_config_text(settings))
        self.client = rattler.Client.from_config(config)
        self.gateway = rattler.Gateway(client=self.client)
        alias = {"channel_alias": settings["alias"]} if settings.get("alias") else {}
        channel_config = rattler.ChannelConfig(root_dir=str(Path.cwd()), **alias)
        self.channels = [rattler.Channel(name, channel_config) for name in names]

    def _login(self, auth: Mapping[str, Any]) -> None:
        if auth:
            # Read when something is fetched: it lives as long as the process.
            self._folder = tempfile.TemporaryDirectory()
            file = Path(self._folder.name, "credentials.json")
            file.touch(mode=0o600)
            file.write_text(json.dumps(auth), encoding="utf-8")
            os.environ["RATTLER_AUTH_FILE"] = str(file)

    def solve(
        self,
        platform: str,
        specs: Iterable[str],
        cuda: str,
        *,
        kept: "Sequence[rattler.RepoDataRecord]" = (),
    ) -> "list[rattler.RepoDataRecord]":
        """The packages of an environment.

        Args:
            kept: taken where they fit.

        Raises:
            CondaError: nothing fits, with the solver's reasons, or a channel is not reached.
        """
        have = [
            rattler.GenericVirtualPackage(
                rattler.PackageName(name),
                rattler.Version(version),
                rattler.BuildString(_MACHINES[platform] if name == "__archspec" else "0"),
            )
            for name, version in virtual_packages(cuda).items()
        ]
        wanted = [parse_spec(text) for text in specs]
        solving = rattler.solve(
            self.channels,
            wanted,
            gateway=self.gateway,
            platforms=[rattler.Subdir(platform), rattler.Subdir("noarch")],
            locked_packages=list(kept),
            virtual_packages=have,
        )
        try:
            return asyncio.run(_awaited(solving))
        except SolverError as error:
            raise CondaError(
                f"nothing fits what is asked for on {platform}; nothing is changed",
                str(error).strip(),
                "ask for other versions",
            ) from None
        except (GatewayError, FetchRepoDataError) as error:
            raise self._not_reached(str(error)) from None

    def _not_reached(self, why: str) -> CondaError:
        named = ", ".join(channel.base_url for channel in self.channels)
        return CondaError(
            f"a channel cannot be read: {named}; nothing is changed",
            f"{why}\nthe host's settings of rattler and conda: {_described(self.settings)}",
            "correct the channel, or what your settings say of it: ~/.condarc,"
            " ~/.config/rattler/config.toml, RATTLER_AUTH_FILE",
        )

    def newest(self, platform: str, names: Iterable[str]) -> "dict[str, str]":
        """The newest versions that the channels have on a platform, by name."""
        found: dict[str, rattler.RepoDataRecord] = {}
        query = self.gateway.query(
            self.channels,
            [rattler.Subdir(platform), rattler.Subdir("noarch")],
            [rattler.MatchSpec(name) for name in names],
            recursive=False,
        )
        try:
            answers = asyncio.run(_awaited(query))
        except (GatewayError, FetchRepoDataError) as error:
            raise self._not_reached(str(error)) from None
        for record in (record for records in answers for record in records):
            name = record.name.normalized
            if name not in found or found[name].version < record.version:
                found[name] = record
        return {name: str(record.version) for name, record in found.items()}

    def link(
        self, records: "Sequence[rattler.RepoDataRecord]", prefix: Path, platform: str
    ) -> None:
        """Fetch packages by their hashes and link them below `prefix`; none of their scripts runs.

        The cache keeps them packed. They are unpacked beside the prefix: from the same file system
        a file is linked, and from that of the cache it would be written a second time.

        Raises:
            CondaError: one cannot be fetched, or has another hash than the lock.
        """
        urls = {record.file_name: record.url for record in records}
        asyncio.run(self._fetch(records, Path(os.environ["RATTLER_CACHE_DIR"], "packed")))
        installing = rattler.install(
            list(records),
            str(prefix),
            cache_dir=str(unpacked(prefix)),
            platform=rattler.Subdir(platform),
            execute_link_scripts=False,
            show_progress=False,
            client=self.client,
        )
        try:
            asyncio.run(_awaited(installing))
        except InstallerError as error:
            raise CondaError(
                "a package cannot be linked", str(error), "the same again, later"
            ) from None
        for file in prefix.glob("conda-meta/*.json"):
            said = json.loads(file.read_text(encoding="utf-8"))
            file.write_text(json.dumps({**said, "url": urls[said["fn"]]}, indent=2), "utf-8")

    async def _fetch(self, records: "Sequence[rattler.RepoDataRecord]", cache: Path) -> None:
        """Put packages into the cache; the records name them there from now on."""
        turn = asyncio.Semaphore(_DOWNLOADS_AT_ONCE)

        async def fetch(record: "rattler.RepoDataRecord") -> None:
            kind, locked = _hash(record)
            here = _path(record)
            if here is None:
                here = cache / locked / record.file_name
                if not here.is_file() or _hash_of(here, kind) != locked:
                    async with turn:
                        await self._download(record, here)
                record.url = here.as_uri()
            elif (found := _hash_of(here, kind)) != locked:
                raise _other_hash(record.file_name, kind, locked, found)

        await asyncio.gather(*(fetch(record) for record in records))

    async def _download(self, record: "rattler.RepoDataRecord", target: Path) -> None:
        kind, locked = _hash(record)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{secrets.token_hex(4)}.part")
        try:
            await download_to_path(self.client, record.url, part)
            if (found := _hash_of(part, kind)) != locked:
                raise _other_hash(record.file_name, kind, locked, found)
            part.replace(target)
        except (RuntimeError, OSError) as error:  # py-rattler names none of its own
            raise CondaError(
                f"a package cannot be fetched: {record.url}", str(error), "the same again, later"
            ) from None
        finally:
            part.unlink(missing_ok=True)


def unpacked(prefix: Path) -> Path:
    """Where packages are unpacked from which files are linked; who links them removes it."""
    return prefix.with_name(f"{prefix.name}.packages")


def _hash(record: "rattler.RepoDataRecord") -> "tuple[str, str]":
    """The hash that a lock has of a package, after its kind.

    Raises:
        CondaError: it has none.
    """
    kind, locked = ("sha256", record.sha256) if record.sha256 else ("md5", record.md5)
    if not locked:
        raise CondaError(
            f"the lock has no hash of {record.file_name}", "", "lock again: i dependency_lock"
        )
    return kind, locked.hex()


def _path(record: "rattler.RepoDataRecord") -> "Path | None":
    """Where a package lies that is not fetched."""
    place = record.url.removeprefix("file://")
    if "://" in place:
        return None
    return next((one for one in (Path(unquote(place)), Path(place)) if one.is_file()), None)


def _hash_of(file: Path, kind: str) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, kind).hexdigest()


def _other_hash(package: str, kind: str, expected: str, found: str) -> CondaError:
    return CondaError(
        f"{package} has another hash than the lock",
        f"the lock:    {kind} {expected}\nthe channel: {kind} {found}",
        "if what the channel has now is right, lock that again:"
        f" i dependency_update --package {package.rsplit('-', 2)[0]}",
    )


async def _awaited(one: Awaitable[Any]) -> Any:
    return await one


def _described(settings: Mapping[str, Any]) -> str:
    """What the host's settings say of channels, without a secret."""
    parts = [f"channel_alias {settings['alias']}"] if settings.get("alias") else []
    for what, key in (("mirrors of", "mirrors"), ("logins for", "auth")):
        parts += [f"{what} {', '.join(sorted(settings[key]))}"] if settings.get(key) else []
    return "; ".join(parts) or "no alias, no mirror, no login"


def _config_text(settings: Mapping[str, Any]) -> str:
    """Rattler's own settings: certificates of the system, and mirrors."""
    lines = ['tls-root-certs = "all"']
    if settings.get("mirrors"):
        lines.append("[mirrors]")
        lines += [f"{json.dumps(a)} = {json.dumps(b)}" for a, b in settings["mirrors"].items()]
    return "\n".join(lines) + "\n"


def parse_spec(text: str) -> "rattler.MatchSpec":
    """A match spec, as people write it.

    Raises:
        CondaError: it is none.
    """
    try:
        return rattler.MatchSpec(text, strict=False)
    except Exception as error:  # py-rattler names several
        raise CondaError(f"{text!r} is no package", str(error), 'such as "numpy >=2"') from None


def python_package(record: "rattler.RepoDataRecord") -> bool:
    """Whether pip would see the package: it is installed for a Python."""
    return bool(record.noarch.python) or any(
        one.split()[0] in ("python", "python_abi") for one in record.depends
    )


def needed(records: "Iterable[rattler.RepoDataRecord]", specs: Iterable[str]) -> "set[str]":
    """The names of the records that specs ask for, and of what those depend on."""
    by_name = {record.name.normalized: record for record in records}
    waiting = [parse_spec(text).name.normalized for text in specs]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in by_name and name not in found:
            found.add(name)
            waiting += [one.split()[0].rpartition("::")[2] for one in by_name[name].depends]
    return found


# --- Lock files ---------------------------------------------------------------------------------


def write_lock(
    path: Path,
    channels: "Sequence[rattler.Channel]",
    virtual: "Mapping[str, Mapping[str, str]]",
    locked: "Mapping[str, Mapping[str, Locked]]",
) -> str:
    """The text of a lock file for the folder in which it is written to `path`.

    Args:
        virtual: what machines have, by platform.
        locked: by environment, then by platform.
    """
    platforms = {
        name: rattler.LockPlatform(name, virtual_packages=[f"{k}={v}" for k, v in have.items()])
        for name, have in virtual.items()
    }
    file = rattler.LockFile([*platforms.values()])
    for environment, found in locked.items():
        of_lock = [rattler.LockChannel(channel.base_url.rstrip("/")) for channel in channels]
        file.set_channels(environment, of_lock)
        for name, one in found.items():
            for record in one.conda:
                file.add_conda_package(environment, platforms[name], record)
            for wheel in one.pypi:
                url = f"{wheel.url.partition('#')[0]}#sha256={wheel.sha256}"
                file.add_pypi_package(environment, platforms[name], wheel.name, wheel.version, url)
    file.to_path(path)
    text = _HASHED.sub(r"\g<start>\n\g<rest>  sha256: \g<hash>\n", path.read_text("utf-8"))
    return _relative(_USED.sub("", text), path.parent)


def _relative(text: str, root: Path) -> str:
    """Paths below and beside the folder as seen from it: no lock names a place of one machine.

    A channel must have an address, also where it is a folder: that of its path.
    """
    for up, folder in ((f"{'../' * number or './'}", one) for number, one in _around(root)):
        for written in (f"file://{quote(str(folder))}/", f"{folder}/", f"{quote(str(folder))}/"):
            place = re.escape(written)
            text = re.sub(rf"(?m)^(?P<before> *- conda: ){place}", rf"\g<before>{up}", text)
            named = rf"(?m)^(?P<before>(?: *- url|  channel): ){place}"
            text = re.sub(named, rf"\g<before>file:///{up}", text)
    return text


def _around(root: Path) -> "list[tuple[int, Path]]":
    return [*enumerate((root, *root.parents[:-1]))]


def read_lock(
    text: str, place: "Callable[[str], str] | None" = None
) -> "dict[str, dict[str, Locked]]":
    """What a lock file holds, by environment, then by platform.

    Args:
        place: where what it names by a relative path is; by default below the current folder.

    Raises:
        CondaError: it is none.
    """

    def absolute(found: "re.Match[str]") -> str:
        path = found["path"]
        return found["before"] + (place(path) if place else str(Path(path).resolve()))

    def address(found: "re.Match[str]") -> str:
        return found["before"] + quote(str(Path(unquote(found["path"])).resolve()))

    with tempfile.TemporaryDirectory() as made:
        path = Path(made, "pixi.lock")
        here = _LOCAL_CHANNEL.sub(address, text)
        path.write_text(_LOCAL.sub(absolute, here), encoding="utf-8")
        try:
            environments = rattler.LockFile.from_path(path).environments()
        except Exception as error:  # py-rattler names several
            raise CondaError(
                "pixi.lock cannot be read", str(error), "lock again: i dependency_lock"
            ) from None
        return {
            name: {one.name: _locked(environment, one) for one in environment.platforms()}
            for name, environment in environments
        }


def _locked(environment: "rattler.Environment", platform: "rattler.LockPlatform") -> Locked:
    wheels = environment.pypi_packages_for_platform(platform) or []
    return Locked(
        tuple(environment.conda_repodata_records_for_platform(platform) or ()),
        tuple(
            Wheel(
                one.name,
                str(one.version),
                one.location,
                one.hashes.sha256.hex() if one.hashes and one.hashes.sha256 else "",
            )
            for one in wheels
        ),
    )


def locked_of(found: Mapping[str, Any], place: "Callable[[str], str]") -> Locked:
    """What a lock of another tool holds of one environment on one platform.

    Args:
        found: its packages, by kind.
        place: where what it names by a relative path is.
    """
    return Locked(
        tuple(_record(one, place) for one in found["conda"]),
        tuple(
            Wheel(one["name"], one["version"], one["url"], one["sha256"]) for one in found["pypi"]
        ),
    )


def _record(one: Mapping[str, Any], place: "Callable[[str], str]") -> "rattler.RepoDataRecord":
    url = one["url"]
    if url.startswith(("./", "../")):
        url = Path(place(url)).as_uri()
    channel, subdir, file_name = url.rsplit("/", 2)
    number = re.search(r"(?:^|_)(\d+)$", one["build"])
    package = rattler.PackageRecord(
        one["name"],
        one["version"],
        rattler.BuildString(one["build"]),
        int(number[1]) if number else 0,
        subdir,
        depends=one["depends"],
        sha256=bytes.fromhex(one["sha256"]) or None,
        md5=bytes.fromhex(one["md5"]) or None,
    )
    return rattler.RepoDataRecord(package, file_name, url, channel)


def activation_script(prefix: Path, platform: str) -> str:
    """What a shell would run to use an environment: its variables, then its packages' scripts."""
    from rattler.shell import ActivationVariables, Shell, activate

    begin = ActivationVariables(current_path=["/nowhere"])
    return str(activate(prefix, begin, Shell.bash, rattler.Subdir(platform)).script)
