"""Lock what a dir asks of conda channels and of package indexes. Runs in builder images.

usage: conda_lock.py lock|update|check|outdated ASKED [PACKAGE...]

It runs in the dir, and writes `pixi.lock` there. ASKED is JSON: channels, what each environment
needs on each platform, the platforms that are locked. A failure is told in one line of JSON.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from conda_rattler import (
    Channels,
    CondaError,
    Locked,
    Wheel,
    finish,
    needed,
    parse_spec,
    python_package,
    read_lock,
    virtual_packages,
    write_lock,
)

_LOCK = Path("pixi.lock")
# Of the environments the one that development has contains the other.
_MAIN, _DEV = "default", "dev"
# Before the hash of what a lock was made from; locks of other tools have none.
_MADE_FROM = "# asked: sha256:"
STALE = "pixi.lock is older than what it was made from"


class Locking:
    """What is asked for, and what was locked before."""

    def __init__(self, asked: Mapping[str, Any], newer: "Sequence[str] | None") -> None:
        self.asked = asked
        self.newer = newer
        self.before = _before()
        self.channels = Channels(asked["channels"])

    def lock(self) -> str:
        """The text of the lock."""
        needs, cuda = self.asked["needs"], self.asked["cuda"]
        locked: dict[str, dict[str, Locked]] = {name: {} for name in needs}
        for platform in self.asked["platforms"]:
            # What development needs as well decides the versions of both.
            whole = self._locked(_DEV if _DEV in needs else _MAIN, platform)
            if _DEV in needs:
                locked[_DEV][platform] = whole
                locked[_MAIN][platform] = self._part(whole, needs[_MAIN][platform], platform)
            else:
                locked[_MAIN][platform] = whole
        virtual = {name: virtual_packages(cuda) for name in self.asked["platforms"]}
        text = write_lock(Path.cwd() / _LOCK, self.channels.channels, virtual, locked)
        return made_from(self.asked) + text

    def _locked(self, environment: str, platform: str) -> Locked:
        needs = self.asked["needs"][environment][platform]
        old = self.before.get(environment) or self.before.get(_MAIN) or {}
        before = old.get(platform, Locked())
        names = {name.lower() for name in self.newer or ()}
        kept = [one for one in before.conda if one.name.normalized not in names]
        records = self.channels.solve(
            platform, needs["conda"], self.asked["cuda"], kept=kept if self.newer != [] else ()
        )
        wheels = self._pypi(needs, platform, records, before, self.newer)
        return Locked(tuple(records), wheels)

    def _part(self, whole: Locked, needs: Mapping[str, Any], platform: str) -> Locked:
        """What of it production needs: the same versions, and less of them."""
        names = needed(whole.conda, needs["conda"])
        records = [one for one in whole.conda if one.name.normalized in names]
        # Also of what only development has from channels, the pip part takes the same version.
        return Locked(tuple(records), self._pypi(needs, platform, records, whole, None))

    def _pypi(
        self,
        needs: Mapping[str, Any],
        platform: str,
        records: Sequence[Any],
        before: Locked,
        newer: "Sequence[str] | None",
    ) -> "tuple[Wheel, ...]":
        if not needs["pypi"]:
            return ()
        from conda_pypi import Target, Wanted, resolve  # not needed where there is no pip part

        held = _held(records)
        asked = Wanted(
            needs["pypi"], held, {**_held(before.conda), **held} if newer is None else held
        )
        return resolve(asked, Target(platform, python_of(records)), before.pypi, newer)


def _before() -> "Mapping[str, Mapping[str, Locked]]":
    """What was locked; nothing where it cannot be read: to lock again is what fixes that."""
    try:
        return read_lock(_LOCK.read_text(encoding="utf-8")) if _LOCK.is_file() else {}
    except CondaError as error:
        print(f"every version is chosen again: {error}", file=sys.stderr)
        return {}


def python_of(records: Sequence[Any]) -> str:
    """The version of the Python among them.

    Raises:
        CondaError: there is none.
    """
    for record in records:
        if record.name.normalized == "python":
            return str(record.version)
    raise CondaError(
        "the pip part needs a Python, and no conda package that is asked for brings one",
        "",
        "ask for python among the conda packages",
    )


def _held(records: Sequence[Any]) -> "dict[str, str]":
    return {one.name.normalized: str(one.version) for one in records if python_package(one)}


def check(
    asked: Mapping[str, Any],
    text: str,
    locked: "Mapping[str, Mapping[str, Locked]]",
    platforms: Sequence[str],
) -> str:
    """Why a lock is not what is asked for; empty: it is.

    Of a lock that says what it was made from, only the platforms are looked at.

    Args:
        locked: what the text says.
    """
    is_newest = made_from(asked) in text
    if _MADE_FROM in text and not is_newest:
        return "it was made from something else"
    for environment, by_platform in asked["needs"].items():
        for platform in platforms:
            held = locked.get(environment, {}).get(platform)
            if held is None:
                return f"it has nothing for {environment} on {platform}"
            why = "" if is_newest else _differs(by_platform[platform], held)
            if why:
                return why
    return ""


def made_from(asked: Mapping[str, Any]) -> str:
    """The line of a lock that says what it was made from."""
    return f"{_MADE_FROM}{asked['digest']}\n"


def _differs(needs: Mapping[str, Any], held: Locked) -> str:
    for text in needs["conda"]:
        spec = parse_spec(text)
        if not any(one.matches(spec) for one in held.conda):
            return f"it holds nothing that is {text}"
    left = {one.name.normalized for one in held.conda} - needed(held.conda, needs["conda"])
    if left:
        return f"nothing asks for {', '.join(sorted(left))}"
    return _lacking(needs["pypi"], held)


def _lacking(lines: Sequence[str], held: Locked) -> str:
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    there = {canonicalize_name(name): version for name, version in _held(held.conda).items()}
    there |= {canonicalize_name(one.name): one.version for one in held.pypi}
    for line in lines:
        try:
            wanted = Requirement(line)
        except InvalidRequirement:
            continue  # a file with requirements, which uv reads when it locks
        version = there.get(canonicalize_name(wanted.name))
        if version is None or not wanted.specifier.contains(version, prereleases=True):
            return f"it holds nothing that is {line}"
    return ""


def outdated(locking: Locking) -> "list[tuple[str, str, str]]":
    """Packages of which the channels or the indexes have newer versions: name, locked, newest."""
    # What development has contains what production has.
    environment = _DEV if _DEV in locking.before else _MAIN
    found: set[tuple[str, str, str]] = set()
    for platform, held in locking.before.get(environment, {}).items():
        names = {one.name.normalized: str(one.version) for one in held.conda}
        now = {**names, **{one.name: one.version for one in held.pypi}}
        newest = locking.channels.newest(platform, names)
        needs = locking.asked["needs"].get(environment, {}).get(platform)
        if held.pypi and needs:
            from conda_pypi import Target, Wanted, resolve

            there = _held(held.conda)
            wanted = Wanted(needs["pypi"], there, there)
            target = Target(platform, python_of(held.conda))
            newest |= {one.name: one.version for one in resolve(wanted, target, (), [])}
        found |= {
            (name, version, newest[name])
            for name, version in now.items()
            if newest.get(name, version) != version
        }
    return sorted(found)


def main(action: str, asked: Mapping[str, Any], packages: "list[str]") -> int:
    """The exit status."""
    if action == "check":
        text = _LOCK.read_text(encoding="utf-8")
        why = check(asked, text, read_lock(text), asked["platforms"])
        if why:
            print(f"{STALE}: {why}", file=sys.stderr)
        return 1 if why else 0
    locking = Locking(asked, packages if action == "update" else None)
    if action == "outdated":
        print(json.dumps(outdated(locking)))
        return 0
    text = locking.lock()
    _LOCK.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    finish(lambda: main(sys.argv[1], json.loads(sys.argv[2]), sys.argv[3:]))
