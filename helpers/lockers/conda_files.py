"""What `environment.yml` or `pixi.toml` asks for, in the words of conda and of pip."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from helpers.lockers import pip
from helpers.lockers.locked import Toml, read_text, read_toml
from helpers.lockers.toml_values import table
from helpers.model.dataclass import dataclass
from helpers.model.documents.parsing import load_toml, load_yaml
from helpers.model.errors import HelpersError
from helpers.model.packages.installed import python_name
from helpers.model.shell_words import quoted

# The platforms of images, as conda calls them.
SUBDIRS: Mapping[str, str] = {"linux/amd64": "linux-64", "linux/arm64": "linux-aarch64"}
ENVIRONMENT, PIXI = "environment.yml", "pixi.toml"
# What developing needs besides what `environment.yml` names.
DEV_ENVIRONMENT = "environment_dev.yml"
SOURCES = (ENVIRONMENT, PIXI)
ASKED_FILES = (*SOURCES, DEV_ENVIRONMENT)
# The environments of a lock: of production, and of development where that has more.
MAIN, DEV = "default", "dev"
# What stands before the name may be a channel.
_NAME = re.compile(r"(?:\S+::)?(?P<name>[A-Za-z0-9][\w.-]*)")
# Channels that say which others are left out.
_NO_CHANNEL = ("nodefaults",)


@dataclass(frozen=True, slots=True)
class Needs:
    """What an environment is asked to hold on one platform.

    Attributes:
        conda: match specs, such as `numpy >=2`.
        pypi: requirements (PEP 508), or lines such as `-r requirements.txt`.
    """

    conda: tuple[str, ...] = ()
    pypi: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What the files of a dir ask for.

    Attributes:
        source: the name of the file; of several the first.
        channels: names, addresses, or folders relative to the dir; the first counts first.
        needs: by the environment's name, then by the platform's.
        variables: what the environment sets besides.
        platforms: those that the file names, as far as images are made for them.
        cuda: the version that the file says machines have; empty: none.
        local: packages by path, which no image can hold.
    """

    source: str
    channels: tuple[str, ...]
    needs: Mapping[str, Mapping[str, Needs]]
    variables: Mapping[str, str] = field(default_factory=dict)
    platforms: tuple[str, ...] = ()
    cuda: str = ""
    local: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The same for the program that locks and links."""
        needs = {
            name: {key: {"conda": [*one.conda], "pypi": [*one.pypi]} for key, one in found.items()}
            for name, found in self.needs.items()
        }
        return {"source": self.source, "channels": [*self.channels], "needs": needs}

    def digest(self) -> str:
        """A hash of what decides about the lock, and stands in it."""
        return hashlib.sha256(json.dumps(self.as_dict(), sort_keys=True).encode()).hexdigest()


def find_sources(root: Path) -> tuple[str, ...]:
    """The names of those files that the dir at `root` has."""
    return tuple(name for name in SOURCES if (root / name).is_file())


def read_asked(
    root: Path, edited: Mapping[str, str] | None = None, *, locked: bool = False
) -> Asked:
    """What the dir at `root` asks for.

    Args:
        edited: texts of files that are not written yet, by name.
        locked: another tool locks that, which may know the channels from elsewhere.

    Raises:
        HelpersError: there is no such file, there are both, or one is malformed.
    """
    edited = edited or {}
    there = tuple(name for name in SOURCES if name in edited or (root / name).is_file())
    if len(there) > 1:
        raise HelpersError(
            f"the dir has {' and '.join(there)}: it is not clear which one counts",
            where=str(root),
            fix="git rm the one that you do not use",
        )
    if not there:
        raise HelpersError(
            f"there is no {' and no '.join(SOURCES)} that says what it depends on",
            where=str(root),
            fix=f"git checkout HEAD -- {ENVIRONMENT}",
        )
    files = _Files(root, edited)
    asked = _read_environment(files) if there[0] == ENVIRONMENT else _read_pixi(files)
    if not asked.channels and not locked:
        raise HelpersError(
            f"{asked.source} names no channel",
            where=str(root / asked.source),
            fix=f"write the channels, the first that counts first, into {asked.source}",
        )
    return asked


def asked_names(asked: Asked) -> set[str]:
    """The normalised names of the packages that developing asks for, of both parts."""
    needs = (asked.needs.get(DEV) or asked.needs[MAIN]).values()
    lines = {line for one in needs for line in (*one.conda, *one.pypi)}
    matches = (_NAME.match(line) for line in lines)
    return {python_name(match["name"]) for match in matches if match}


@dataclass(frozen=True, slots=True)
class _Files:
    """The files of a dir, some of them with texts that are not written yet."""

    root: Path
    edited: Mapping[str, str]

    def has(self, name: str) -> bool:
        return name in self.edited or (self.root / name).is_file()

    def text(self, name: str) -> str:
        return self.edited[name] if name in self.edited else read_text(self.root / name)


# --- environment.yml ----------------------------------------------------------------------------


def _read_environment(files: _Files) -> Asked:
    root = files.root
    content = _load(files, ENVIRONMENT)
    main, local = _split(_dependencies(root / ENVIRONMENT, content))
    needs = {MAIN: dict.fromkeys(SUBDIRS.values(), main)}
    channels = [*_texts(content.get("channels"))]
    if files.has(DEV_ENVIRONMENT):
        dev_content = _load(files, DEV_ENVIRONMENT)
        more, dev_local = _split(_dependencies(root / DEV_ENVIRONMENT, dev_content))
        needs[DEV] = dict.fromkeys(SUBDIRS.values(), _together(main, more))
        channels += _texts(dev_content.get("channels"))
        local = (*local, *dev_local)
    variables = content.get("variables")
    return Asked(
        ENVIRONMENT,
        tuple(dict.fromkeys(one for one in channels if one not in _NO_CHANNEL)),
        needs,
        {str(k): str(v) for k, v in variables.items()} if isinstance(variables, dict) else {},
        _platforms(_texts(content.get("platforms"))),
        local=local,
    )


def _load(files: _Files, name: str) -> Mapping[str, Any]:
    path = files.root / name
    try:
        content = load_yaml(files.text(name))
    except ValueError as error:
        raise _malformed(path, str(error)) from error
    if not isinstance(content, dict):
        raise _malformed(path, "it is no table of keys")
    return content


def _dependencies(path: Path, content: Mapping[str, Any]) -> Needs:
    conda: list[str] = []
    pypi: list[str] = []
    for one in content.get("dependencies") or ():
        if isinstance(one, dict) and [*one] == ["pip"]:
            pypi += _texts(one["pip"])
        elif isinstance(one, str):
            conda.append(one)
        else:
            raise _malformed(path, f"{one!r} below 'dependencies' is neither a package nor pip:")
    return Needs(tuple(conda), tuple(pypi))


# --- pixi.toml ----------------------------------------------------------------------------------


def _read_pixi(files: _Files) -> Asked:
    path = files.root / PIXI
    content = load_toml(files.text(PIXI)) if PIXI in files.edited else read_toml(path)
    workspace = table(content, "workspace") or table(content, "project")
    channels = [
        str(one.get("channel", "")) if isinstance(one, dict) else str(one)
        for one in workspace.get("channels", ())
    ]
    main, local = _of_feature(path, content)
    needs = {MAIN: main}
    feature = table(content, "feature", DEV)
    if feature:
        dev, dev_local = _of_feature(path, feature)
        needs[DEV] = {key: _together(main[key], dev[key]) for key in main}
        local = (*local, *dev_local)
        channels += [str(one) for one in feature.get("channels", ())]
    variables = table(content, "activation", "env")
    return Asked(
        PIXI,
        tuple(dict.fromkeys(channels)),
        needs,
        {name: str(value) for name, value in variables.items()},
        _platforms(map(str, workspace.get("platforms", ()))),
        str(table(content, "system-requirements").get("cuda", "")),
        tuple(dict.fromkeys(local)),
    )


def _of_feature(path: Path, feature: Toml) -> tuple[dict[str, Needs], tuple[str, ...]]:
    """What a feature asks for on each platform, and its packages by path."""
    found: dict[str, Needs] = {}
    local: list[str] = []
    for subdir in SUBDIRS.values():
        tables = [feature, *(table(feature, "target", one) for one in ("unix", "linux", subdir))]
        conda: list[str] = []
        pypi: list[str] = []
        for one in tables:
            conda += [_spec(path, *item) for item in table(one, "dependencies").items()]
            pypi += [_requirement(path, *item) for item in table(one, "pypi-dependencies").items()]
        found[subdir], by_path = _split(Needs(tuple(conda), tuple(pypi)))
        local += by_path
    return found, tuple(dict.fromkeys(local))


def _spec(path: Path, name: str, given: object) -> str:
    if isinstance(given, str):
        return name if given == "*" else f"{name} {given}"
    if not isinstance(given, dict) or {"path", "git", "url"} & given.keys():
        raise _malformed(path, f"{name}: packages that are built from source cannot be locked")
    version, build = str(given.get("version", "*")), str(given.get("build", ""))
    channel = f"{given['channel']}::" if "channel" in given else ""
    return f"{channel}{name} {version} {build}".strip()


def _requirement(path: Path, name: str, given: object) -> str:
    if isinstance(given, str):
        return name if given == "*" else f"{name}{given}"
    if not isinstance(given, dict):
        raise _malformed(path, f"{name}: it is neither a version nor a table")
    if "path" in given:
        return f"./{given['path']}"
    if "git" in given:
        raise _malformed(path, f"{name}: a package of the pip part comes from an index or a URL")
    extras = f"[{','.join(map(str, given.get('extras', ())))}]" if given.get("extras") else ""
    if "url" in given:
        return f"{name}{extras} @ {given['url']}"
    version = str(given.get("version", "*"))
    return f"{name}{extras}{'' if version == '*' else version}"


# --- Both ---------------------------------------------------------------------------------------


def _split(needs: Needs) -> tuple[Needs, tuple[str, ...]]:
    """Without what lies in folders, which no image can hold; and that."""
    local = tuple(line for line in needs.pypi if pip.is_local(line))
    return Needs(needs.conda, tuple(line for line in needs.pypi if line not in local)), local


def _together(first: Needs, second: Needs) -> Needs:
    conda = tuple(dict.fromkeys((*first.conda, *second.conda)))
    return Needs(conda, tuple(dict.fromkeys((*first.pypi, *second.pypi))))


def _platforms(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in dict.fromkeys(names) if name in SUBDIRS.values())


def _texts(given: object) -> Iterator[str]:
    yield from (str(one) for one in given) if isinstance(given, list) else ()


def _malformed(path: Path, why: str) -> HelpersError:
    return HelpersError(
        f"{path.name} is malformed: {why}",
        where=str(path),
        fix="correct that, or take the file of the last commit:"
        f" git checkout HEAD -- {quoted(path.name)}",
    )
