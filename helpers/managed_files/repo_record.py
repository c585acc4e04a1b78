"""What a repo keeps about managed files: from which it opts out, and what was last applied."""

import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import field

from helpers.model.dataclass import dataclass
from helpers.model.documents.yaml_layout import before_start, yaml_for
from helpers.model.errors import HelpersError
from helpers.model.managed_file import Drift, Mode, Standing
from helpers.model.settings.keys import Key, Kind
from helpers.model.settings.reader import Setting, read_settings

RECORD_FILE_NAME = ".helpers_sync.yaml"

_HEAD = """\
# Files shared through the toolchain: see `i sync_check`. `opt_out` is yours: a path (or path#key),
# and the reason. The rest is kept by `i sync_apply`.
"""
_KEYS = (Key("opt_out", Kind.NAMED), Key("applied", Kind.NAMED), Key("undecided", Kind.NAMED))
_APPLIED = re.compile(rf"({'|'.join(Mode)}) ([0-9a-f]{{40,64}}) ([0-9a-f]{{40,64}})")
_BETWEEN = ", "


@dataclass(frozen=True, slots=True)
class Applied:
    """What was last applied: ids of the content and of the toolchain's commit that had it."""

    mode: Mode
    id: str
    commit: str

    def __str__(self) -> str:
        return f"{self.mode} {self.id} {self.commit}"


@dataclass(frozen=True, slots=True)
class SyncRecord:
    """The file of a repo.

    Attributes:
        opt_out: reasons by `path` or `path#key`.
        applied: by path.
        undecided: names of keys in conflict, by path.
    """

    opt_out: Mapping[str, str] = field(default_factory=dict)
    applied: Mapping[str, Applied] = field(default_factory=dict)
    undecided: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def own_keys(self, path: str) -> frozenset[str]:
        """The keys of a file that the repo opted out from."""
        starts = f"{path}#"
        return frozenset(
            name.removeprefix(starts) for name in self.opt_out if name.startswith(starts)
        )


def parse_record(text: str, path: str) -> SyncRecord:
    """Read the file of a repo; `path` is for messages alone.

    Raises:
        HelpersError: with file and line, when it is not what it must be.
    """
    found = read_settings(text, path, _KEYS)
    undecided = _named(found.get("undecided"))
    return SyncRecord(
        _named(found.get("opt_out")),
        _applied(found.get("applied"), path),
        {name: tuple(keys.split(_BETWEEN)) for name, keys in undecided.items()},
    )


def update_record(text: str | None, standings: Iterable[Standing]) -> str:
    """The file after everything was applied; what the user wrote into it stays as it is.

    Args:
        text: as it is; None: there is none yet.
    """
    yaml = yaml_for(text or "")
    document = yaml.load(text or "") or {}
    before = {key: dict(document.get(key) or {}) for key in ("applied", "undecided")}
    after = {key: dict(values) for key, values in before.items()}
    for standing in standings:
        _note(after, standing)
    if after == before:
        return text or ""
    for key, values in after.items():
        if values:
            document[key] = dict(sorted(values.items()))
        else:
            document.pop(key, None)
    out = io.StringIO()
    if document:
        yaml.dump(document, out)
    return before_start(text) + out.getvalue() if text else _HEAD + out.getvalue()


def _note(after: dict[str, dict[str, str]], standing: Standing) -> None:
    path = standing.item.path
    if standing.drift is Drift.DROPPED:
        after["applied"].pop(path, None)
        after["undecided"].pop(path, None)
    if standing.record:
        # The commit that had the content first is as good as any later one.
        content = standing.record.rpartition(" ")[0]
        if not after["applied"].get(path, "").startswith(f"{content} "):
            after["applied"][path] = standing.record
        after["undecided"].pop(path, None)
        if standing.undecided:
            after["undecided"][path] = _BETWEEN.join(standing.undecided)


def _named(setting: Setting | None) -> dict[str, str]:
    return dict(setting.value) if setting else {}


def _applied(setting: Setting | None, path: str) -> dict[str, Applied]:
    found = {}
    for name, text in _named(setting).items():
        match = _APPLIED.fullmatch(text)
        if match is None:
            assert setting is not None
            raise HelpersError(
                f"key 'applied': {name}: {text!r} is not '<mode> <content> <commit>'",
                where=f"{path}:{setting.line}",
                fix=f"remove the line of {name}, then: i sync_apply",
            )
        found[name] = Applied(Mode(match[1]), match[2], match[3])
    return found
