"""What runs where, as a table and for programs; how two environments differ."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from helpers.console.foreign import one_line
from helpers.console.tables import print_table
from helpers.model.descriptor import short_digest
from helpers.model.environments import Difference, Promoted, Standing
from helpers.model.runnable_dir import shown_name
from helpers.model.stack.shown_values import shown_value
from helpers.model.times import moment


def print_standing(found: Sequence[Standing], root_name: str) -> None:
    """A row for each dir and environment, and what to type where a promotion did not end."""
    rows = [_row(one, root_name) for one in found]
    header = ("dir", "environment", "version", "digest", "since", "by", "accepted")
    print_table(header, rows)
    for one in found:
        if one.wanted:
            name = shown_name(one.dir, root_name)
            other = "goes on" if one.goes_on else "somebody moved the tag back by other means"
            print(
                one_line(
                    f"half promoted: {name} in {one.environment}, {one.wanted} was to follow"
                    f" ({one.wanted.by}): it did not end, or {other}"
                )
            )
            print(f"  finish it: {one_line(one.finish)}")
            if one.keep:
                print(f"  or keep what runs: {one_line(one.keep)}")


def _row(one: Standing, root_name: str) -> tuple[str, ...]:
    name, now = shown_name(one.dir, root_name), one.now
    if now is None:
        return (name, one.environment, "nothing", "", "", "", "")
    by = f"{now.owner} (back)" if now.back else now.owner or "other means"
    accepted = f"{one.accepted.by}, {moment(one.accepted.when)}" if one.accepted else ""
    digest = short_digest(now.digest)
    return (name, one.environment, now.tag or "?", digest, moment(now.when), by, accepted)


def standing_as_json(found: Sequence[Standing]) -> str:
    """All of it for programs, with whole digests."""
    return json.dumps([asdict(one) for one in found], indent=1)


def print_difference(found: Sequence[Difference], root_name: str) -> None:
    """A row for each dir: what runs; then a row for each value that differs."""
    first, second = found[0].names
    rows = [
        (
            shown_name(one.dir, root_name),
            *map(_runs, one.runs),
            "the same" if _digest(one.runs[0]) == _digest(one.runs[1]) else "differs",
        )
        for one in found
    ]
    print_table(("dir", first, second, "image"), rows)
    for one in found:
        _print_values(one, root_name)


def _print_values(one: Difference, root_name: str) -> None:
    name = shown_name(one.dir, root_name)
    if not any(one.files):
        return
    files = " and ".join(file or "no file" for file in one.files)
    if not one.values:
        print("\n" + one_line(f"{name}: no value differs ({files})"))
        return
    print("\n" + one_line(f"{name}: values that differ ({files})"))
    rows = [(key, *(_value(key, value) for value in both)) for key, both in one.values.items()]
    print_table(("key", *one.names), rows)


def _value(key: str, value: str) -> str:
    return shown_value(key, value) if value else "(none)"


def _runs(promoted: Promoted | None) -> str:
    return str(promoted) if promoted else "nothing"


def _digest(promoted: Promoted | None) -> str:
    return promoted.digest if promoted else ""
