"""Adding packages to what `environment.yml` or `pixi.toml` asks for, and taking them out."""

import re
from collections.abc import Callable, MutableSequence, Sequence
from pathlib import Path
from typing import Any

from helpers.lockers.conda_files import DEV, DEV_ENVIRONMENT, ENVIRONMENT, find_sources
from helpers.lockers.locked import read_text
from helpers.model.dataclass import dataclass
from helpers.model.documents.toml_layout import keep_line_ends, set_apart
from helpers.model.documents.yaml_layout import yaml_for
from helpers.model.errors import HelpersError
from helpers.model.packages.installed import python_name

_PIP = "pip"
# `channel::name`, and what follows the name.
_SPEC = re.compile(r"\s*(?:(?P<channel>\S+)::)?(?P<name>[A-Za-z0-9][\w.-]*)\s*(?P<rest>.*)")
_EXTRAS = re.compile(r"\[(?P<names>[^\]]*)\]\s*(?P<rest>.*)")


@dataclass(frozen=True, slots=True)
class Edit:
    """The change of a file of a dir.

    Attributes:
        name: the file, relative to the dir.
        before: its text; None: it is not there yet.
    """

    name: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A package, as a person named it.

    Attributes:
        key: its normalised name.
    """

    text: str
    key: str
    name: str
    channel: str
    rest: str


def edit_asked(root: Path, packages: Sequence[str], group: str, *, pip: bool, adds: bool) -> Edit:
    """What a file of the dir at `root` becomes.

    Args:
        packages: match specs, or of the pip part requirements.
        group: `dev`; empty: what production needs too.
        pip: they are of the pip part; a package that is taken out may be of both.

    Raises:
        HelpersError: there is no such group, or a package that is taken out is not asked for.
    """
    if group not in ("", DEV):
        raise HelpersError(
            f"there is no group {group!r}: what developing needs besides is the group {DEV}",
            where=str(root),
            fix=f"--group {DEV}, or none",
        )
    source = find_sources(root)[0]
    is_yaml = source == ENVIRONMENT
    name = DEV_ENVIRONMENT if group and is_yaml else source
    path = root / name
    before = read_text(path) if path.is_file() else None
    if before is not None:
        before = path.read_bytes().decode()  # with the line ends that it has
    wanted = [_parse(one) for one in packages]
    if adds:
        add = _add_to_environment if is_yaml else _add_to_pixi
        return Edit(name, before, add(before or "", wanted, DEV if group else "", pip=pip))
    remove = _remove_from_environment if is_yaml else _remove_from_pixi
    keys = {one.key for one in wanted}
    after, gone = remove(before or "", keys, DEV if group else "", pip=pip)
    if lacking := [one.text for one in wanted if one.key not in gone]:
        raise HelpersError(
            f"{name} does not ask for {', '.join(lacking)}" + " in its pip part" * pip,
            where=str(path),
            fix=f"name what stands in {name}",
        )
    return Edit(name, before, after)


def _parse(text: str) -> _Wanted:
    found = _SPEC.fullmatch(text)
    if not found:
        raise HelpersError(f"{text!r} is no package", fix='--package "numpy>=2"')
    name, channel = found["name"], found["channel"] or ""
    return _Wanted(text.strip(), python_name(name), name, channel, found["rest"].strip())


def _key(entry: object) -> str:
    found = _SPEC.fullmatch(entry) if isinstance(entry, str) else None
    return python_name(found["name"]) if found else ""


# --- environment.yml ----------------------------------------------------------------------------


def _add_to_environment(text: str, wanted: Sequence[_Wanted], _group: str, *, pip: bool) -> str:
    if not text:
        text = "dependencies: []\n"

    def add(entries: MutableSequence[Any]) -> None:
        target = _pip_part(entries, make=True) if pip else entries
        for one in wanted:
            places = [number for number, entry in enumerate(target) if _key(entry) == one.key]
            if places:
                target[places[0]] = one.text
                continue
            # The pip part stays the last.
            last = len(target) - 1 if target and isinstance(target[-1], dict) else len(target)
            target.insert(last, one.text)

    return _with_dependencies(text, add)


def _remove_from_environment(
    text: str, keys: set[str], _group: str, *, pip: bool
) -> tuple[str, set[str]]:
    gone: set[str] = set()

    def remove(entries: MutableSequence[Any]) -> None:
        for part in (_pip_part(entries), *(() if pip else (entries,))):
            for number in reversed(range(len(part))):
                if _key(part[number]) in keys:
                    gone.add(_key(part[number]))
                    del part[number]
        for number in reversed(range(len(entries))):
            if isinstance(entries[number], dict) and not entries[number].get(_PIP, True):
                del entries[number]

    return _with_dependencies(text or "dependencies: []\n", remove), gone


def _pip_part(entries: MutableSequence[Any], *, make: bool = False) -> MutableSequence[Any]:
    for entry in entries:
        if isinstance(entry, dict) and _PIP in entry:
            if entry[_PIP] is None:
                entry[_PIP] = []
            part: MutableSequence[Any] = entry[_PIP]
            return part
    found: MutableSequence[Any] = []
    if make:
        entries.append({_PIP: found})
        made: MutableSequence[Any] = entries[-1][_PIP]
        return made
    return found


def _with_dependencies(text: str, change: Callable[[MutableSequence[Any]], None]) -> str:
    from io import StringIO

    yaml = yaml_for(text)
    content = yaml.load(text)
    if content.get("dependencies") is None:
        content["dependencies"] = []
    entries = content["dependencies"]
    if hasattr(entries, "fa") and not len(entries):
        entries.fa.set_block_style()
    change(entries)
    made = StringIO()
    yaml.dump(content, made)
    return keep_line_ends(text, made.getvalue())


# --- pixi.toml ----------------------------------------------------------------------------------


def _add_to_pixi(text: str, wanted: Sequence[_Wanted], group: str, *, pip: bool) -> str:
    import tomlkit

    document = tomlkit.parse(text)
    made = group and group not in document.get("feature", {})
    table = _pixi_table(document, group, "pypi-dependencies" if pip else "dependencies")
    for one in wanted:
        there = next((name for name in table if python_name(name) == one.key), one.name)
        table[there] = _pixi_value(one)
    if made:
        environments = document.setdefault("environments", tomlkit.table())
        environments.setdefault(group, [group])
    return set_apart(text, tomlkit.dumps(document))


def _pixi_value(wanted: _Wanted) -> Any:
    import tomlkit

    extras = _EXTRAS.fullmatch(wanted.rest)
    rest = extras["rest"] if extras else wanted.rest
    if not extras and not wanted.channel:
        return rest or "*"
    value = tomlkit.inline_table()
    value["version"] = rest or "*"
    if extras:
        value["extras"] = [one.strip() for one in extras["names"].split(",")]
    if wanted.channel:
        value["channel"] = wanted.channel
    return value


def _remove_from_pixi(text: str, keys: set[str], group: str, *, pip: bool) -> tuple[str, set[str]]:
    import tomlkit

    document = tomlkit.parse(text)
    gone: set[str] = set()
    for part in ("pypi-dependencies", *(() if pip else ("dependencies",))):
        feature = document.get("feature", {}).get(group, {}) if group else document
        table = feature.get(part, {})
        for name in [name for name in table if python_name(name) in keys]:
            gone.add(python_name(name))
            del table[name]
    return keep_line_ends(text, tomlkit.dumps(document)), gone


def _pixi_table(document: Any, group: str, name: str) -> Any:
    import tomlkit

    table = document
    for key in (*(("feature", group) if group else ()), name):
        if key not in table:
            table[key] = tomlkit.table(is_super_table=key in ("feature", group))
        table = table[key]
    return table
