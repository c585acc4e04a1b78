"""Versions of dirs' code, as a table, with the commits that raise them, and for programs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from helpers.console.foreign import one_line
from helpers.console.tables import print_table
from helpers.model.code_history import CodeRelease
from helpers.model.code_version import Change, NextVersion
from helpers.model.descriptor import short_digest
from helpers.model.numbers import counted
from helpers.model.runnable_dir import shown_name
from helpers.model.times import moment

# Commits that are shown of one dir.
_SHOWN = 20


def print_next(found: Mapping[str, NextVersion], root_name: str, *, why: bool) -> None:
    """A row for each dir.

    Args:
        why: with the commits that raise its version below it.
    """
    rows = [
        (
            shown_name(name, root_name),
            str(one.last.version) if one.last else "none",
            str(one.version) if one.version else "nothing to release",
            one.tag,
            counted(len(one.counted), "commit"),
        )
        for name, one in found.items()
    ]
    if rows:
        print_table(("dir", "released", "next", "tag", "from"), rows)
    for name, one in found.items() if why else ():
        print(f"\n{shown_name(name, root_name)}: {_summary(one)}")
        for item in one.counted[:_SHOWN]:
            print(f"  {_line(item)}")
        if len(one.counted) > _SHOWN:
            print(f"  and {len(one.counted) - _SHOWN} more")


def print_code_history(found: Sequence[CodeRelease], root_name: str) -> None:
    """A row for each release, the newest version of each dir first."""
    if not found:
        print("nothing was released")
        return
    print_table(
        ("dir", "version", "released", "commit", "tag", "container", "digest"),
        [
            (
                shown_name(one.dir, root_name),
                one.version,
                moment(one.when),
                one.commit[:12],
                one.tag,
                one.container_version,
                short_digest(one.digest),
            )
            for one in found
        ],
    )


def code_history_as_json(found: Sequence[CodeRelease]) -> str:
    """All of it for programs."""
    return json.dumps([asdict(one) for one in found], indent=1)


def agreed(one: NextVersion, root_name: str) -> str:
    """A line for a dir of which all that says a version agrees."""
    before = f"{one.last.version} is released" if one.last else "nothing is released"
    after = f"{one.version} is next" if one.version else "there is nothing to release"
    return f"{shown_name(one.dir, root_name)}: {before}, {after}; nothing disagrees"


def _summary(one: NextVersion) -> str:
    before = f"since {one.last.name}" if one.last else "never released"
    if one.asked_by:
        return f"{one.version}, asked for by {one.asked_by[:12]} (Release-As); {before}"
    if one.version is None:
        return f"nothing to release; {before}"
    return f"{one.version}; {before}"


def _line(item: Change) -> str:
    return one_line(f"{item.commit[:12]}  {item.reason.part:5}  {item.reason}: {item.title}")


def next_as_json(found: Mapping[str, NextVersion], between: Mapping[str, tuple[str, str]]) -> str:
    """All of it for programs.

    Args:
        between: by dir, the versions of a wheel and of an image that are made now.
    """
    return json.dumps(
        [
            {
                "dir": name,
                "image_name": one.image_name,
                "released": str(one.last.version) if one.last else None,
                "released_tag": one.last.name if one.last else None,
                "released_commit": one.last.commit if one.last else None,
                "next": str(one.version) if one.version else None,
                "tag": one.tag or None,
                "asked_by": one.asked_by or None,
                "wheel_now": between[name][0],
                "image_now": between[name][1],
                "commits": [
                    {
                        "commit": item.commit,
                        "title": item.title,
                        "part": item.reason.part,
                        "reason": item.reason,
                    }
                    for item in one.counted
                ],
            }
            for name, one in found.items()
        ],
        indent=1,
    )
