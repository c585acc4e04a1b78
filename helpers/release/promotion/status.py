"""What runs where, and how two environments differ."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from helpers.model.documents.parsing import load_toml, load_yaml
from helpers.model.environments import Difference, Promoted, Record, Standing
from helpers.model.errors import HelpersError
from helpers.model.settings.environment_config import DIR
from helpers.model.shell_words import quoted
from helpers.release.promotion.places import Place, Places
from helpers.release.promotion.records import known_ends, read_acceptance, read_record

_AT_ONCE = 8
_YAML = (".yaml", ".yml", ".json")


def read_standing(every: Iterable[Places]) -> list[Standing]:
    """What the dirs run in each of their environments.

    Raises:
        HelpersError: a registry refuses, or what it has cannot be read.
    """
    wanted = [(places, place) for places in every for place in places.every]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda one: _standing(*one), wanted))


def _standing(places: Places, place: Place) -> Standing:
    record, runs = _runs(place)
    dir = places.item.name
    accepted = read_acceptance(place, runs.digest) if runs else None
    last = record.last
    if last is None or not record.is_half_done(runs.digest if runs else ""):
        return Standing(dir, place.name, runs, accepted=accepted)
    promote = f"i promote --to {place.name} {place.of_dir} --digest"
    finish = f"{promote} {quoted(last.digest)}"
    if last.back:
        finish = f"i promote_back --to {place.name} {place.of_dir}"
    goes_on = record.is_open(place.repository.now())
    keep = f"{promote} {quoted(runs.digest)}" if runs and not goes_on else ""
    return Standing(dir, place.name, runs, last, finish, keep, goes_on, accepted)


def _runs(place: Place) -> tuple[Record, Promoted | None]:
    """The record of an environment, and what its tag names now."""
    record, named = read_record(place), place.repository.resolve(place.name)
    record = known_ends(place, record, named.digest if named else "")
    if named is None:
        return record, None
    return record, Record(record.happened(named.digest)).find(named.digest)


def read_difference(places: Places, one: Place, other: Place) -> Difference:
    """How two environments of a dir differ: what they run, and their values.

    Raises:
        HelpersError: a registry refuses, or values cannot be read.
    """
    files = tuple(_values_file(places, place) for place in (one, other))
    first, second = (_read_values(places, name) for name in files)
    values = {
        key: (first.get(key, ""), second.get(key, ""))
        for key in sorted(first.keys() | second.keys())
        if first.get(key) != second.get(key)
    }
    return Difference(
        places.item.name,
        (one.name, other.name),
        (_runs(one)[1], _runs(other)[1]),
        (files[0], files[1]),
        values,
    )


def _values_file(places: Places, place: Place) -> str:
    """The path of an environment's values below the repo's root; empty: it has none."""
    return place.environment.values.replace(DIR, places.repo.own_name(places.item.name))


def _read_values(places: Places, name: str) -> Mapping[str, str]:
    """The values of a file, each by its keys with dots between them.

    Raises:
        HelpersError: there is no such file, or it is malformed.
    """
    if not name:
        return {}
    path = places.repo.checkout / name
    try:
        return dict(_flat("", _parsed(path)))
    except OSError as error:
        raise HelpersError(
            "the file with the values of an environment cannot be read",
            where=f"{path}: {error.strerror}",
            fix="write it, or correct 'values' of 'environments' in repo_config.yaml",
        ) from error
    except ValueError as error:
        raise HelpersError(
            f"the values of an environment cannot be read: {error}",
            where=str(path),
            fix="write YAML, JSON, TOML, or lines NAME=value in a file .env",
        ) from error


def _parsed(path: Path) -> Any:
    text = path.read_text(encoding="utf-8")
    if path.suffix in _YAML:
        return load_yaml(text)
    if path.suffix == ".toml":
        return load_toml(text)
    if path.suffix == ".env" or path.name.startswith(".env"):
        return dict(_variables(text.splitlines()))
    raise ValueError(f"nothing says what form a file {path.suffix or path.name!r} has")


def _variables(lines: Sequence[str]) -> Iterable[tuple[str, str]]:
    for number, line in enumerate(lines, 1):
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if name.startswith("#") or not name:
            continue
        if not equals:
            raise ValueError(f"line {number} is not NAME=value")
        yield name.strip(), value.strip().strip("'\"")


def _flat(above: str, value: Any) -> Iterable[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{above}.{key}" if above else str(key), inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _flat(f"{above}[{number}]", inner)
    elif value is not None or above:
        yield above, "" if value is None else str(value)
