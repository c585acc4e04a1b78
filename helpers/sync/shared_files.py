"""How the shared files of a repo stand, and how they are brought in step."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from helpers.managed_files.repo_record import (
    RECORD_FILE_NAME,
    Applied,
    SyncRecord,
    parse_record,
    update_record,
)
from helpers.managed_files.three_way import FileToPlan, Here, WantedText, plan_file
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.file_change import FileChange
from helpers.model.managed_file import Drift, ManagedFile, Standing, Take
from helpers.model.shell_words import quoted
from helpers.model.sync.shared import SYNC_FILE_NAME, parse_shared
from helpers.sync.git_objects import TreeEntry, read_entries
from helpers.sync.synced_checkout import SyncPlace
from helpers.system.files import read_text
from helpers.vcs.bring import bring_commit, bring_history
from helpers.vcs.file_history import read_blobs
from helpers.vcs.files import uncommitted
from helpers.vcs.git import EXECUTABLE, LINK
from helpers.vcs.refs import find_commit, is_shallow

# What reading writes where bytes are no text.
_NO_TEXT = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class Look:
    """What was found in a repo.

    Attributes:
        record: the change of the file that keeps what was applied.
        notices: what the user should know besides.
    """

    place: SyncPlace
    standings: tuple[Standing, ...]
    record: FileChange
    notices: tuple[str, ...] = ()

    @property
    def in_step(self) -> bool:
        """Whether nobody has to do anything."""
        return all(standing.in_step for standing in self.standings)

    @property
    def conflicts(self) -> tuple[Standing, ...]:
        """Those that somebody must decide about."""
        return tuple(standing for standing in self.standings if standing.conflicts)

    @property
    def changes(self) -> tuple[FileChange, ...]:
        """What applying writes, the record last: whoever is interrupted begins again."""
        changes = [standing.change for standing in self.standings if standing.change]
        return (*changes, *(() if self.record.changes_nothing else (self.record,)))


def look(place: SyncPlace, paths: Collection[str] = (), take: Take = Take.NEITHER) -> Look:
    """See how the shared files of a repo stand, and what applying would do.

    Args:
        paths: of these alone, relative to the repo's root; none: of all.
        take: whose side is taken where both differ.

    Raises:
        HelpersError: a file of the toolchain or of the repo is malformed; a path is not shared;
            what was last applied is not in the history that is here.
    """
    items = _read_items(place)
    record_text = _read_here(place, [RECORD_FILE_NAME])[RECORD_FILE_NAME].text
    record = parse_record(record_text or "", RECORD_FILE_NAME)
    _check_paths(paths, items, record)
    chosen = [item for item in items if not paths or item.path in paths]
    standings = _decide_all(place, chosen, record, take)
    known = {item.path for item in items}
    standings += [
        Standing(ManagedFile(path, "", "", applied.mode), Drift.DROPPED)
        for path, applied in record.applied.items()
        if path not in known and (not paths or path in paths)
    ]
    change = FileChange(RECORD_FILE_NAME, record_text, update_record(record_text, standings))
    if not change.after and record_text is None:
        change = replace(change, after=None)
    return Look(place, tuple(standings), change, _notices(place, items, record))


def check_nothing_is_lost(found: Look) -> None:
    """Make sure that everything that applying replaces is in a commit.

    Raises:
        HelpersError: it is not; names the command that fixes it.
    """
    replaced = [
        standing.change.path
        for standing in found.standings
        if standing.change
        and standing.change.before is not None
        and not (standing.resolves and _is_committed(found.place.root, standing))
    ]
    unsafe = sorted({*uncommitted(found.place.root, replaced, ignored=True)})
    if unsafe:
        names = " ".join(map(quoted, unsafe))
        git = f"git -C {quoted(found.place.root)}"
        raise HelpersError(
            f"not committed, and would be changed: {', '.join(unsafe)}",
            where=str(found.place.root),
            fix=f"{git} add -f {names} && {git} commit {names}",
        )


def _is_committed(root: Path, standing: Standing) -> bool:
    """Whether what a resolution takes out of a file is in the newest commit."""
    name = f"HEAD:{standing.item.path}"
    return standing.given_up <= set(read_blobs(root, [name]).get(name, "").splitlines())


def _decide_all(
    place: SyncPlace, items: Sequence[ManagedFile], record: SyncRecord, take: Take
) -> list[Standing]:
    shared = _read_shared(place, items)
    here = _read_here(place, [item.path for item in items])
    bases = _read_bases(place, shared, record)
    standings = []
    for item in items:
        reason = record.opt_out.get(item.path)
        if reason is not None:
            standings.append(Standing(item, Drift.OPTED_OUT, reason))
        elif place.is_toolchain and item.path == item.source:
            standings.append(Standing(item, Drift.IN_STEP, "the source itself"))
        else:
            applied = record.applied.get(item.path)
            file = FileToPlan(
                item,
                shared[item.path],
                here[item.path],
                applied,
                partial(_base, place, item.path, applied, bases),
                take,
                record.undecided.get(item.path, ()),
                record.own_keys(item.path),
                place.link_to(item.path, item.source),
                ("here", f"shared ({item.source})"),
            )
            standings.append(plan_file(file))
    return standings


def _read_items(place: SyncPlace) -> tuple[ManagedFile, ...]:
    name = f"{place.commit}:{SYNC_FILE_NAME}"
    text = read_blobs(place.toolchain, [name]).get(name)
    if text is None:
        raise HelpersError(
            f"the toolchain of this repo shares no files: its commit {place.commit[:12]} has no"
            f" {SYNC_FILE_NAME}",
            where=str(place.toolchain),
            fix=f"git -C {quoted(place.toolchain)} pull",
        )
    return parse_shared(text, str(place.toolchain / SYNC_FILE_NAME))


def _notices(place: SyncPlace, items: Sequence[ManagedFile], record: SyncRecord) -> tuple[str, ...]:
    named = {name.partition("#")[0] for name in record.opt_out}
    unknown = sorted(named - {item.path for item in items})
    notices = [f"{path} is not shared, but {RECORD_FILE_NAME} opts out" for path in unknown]
    sources = [SYNC_FILE_NAME, *(item.source for item in items)]
    loose = [] if place.at else sorted(uncommitted(place.toolchain, sources))
    if loose:
        notices.append(f"not committed in the toolchain, so not looked at: {', '.join(loose)}")
    return tuple(notices)


def _check_paths(paths: Collection[str], items: Sequence[ManagedFile], record: SyncRecord) -> None:
    known = {item.path for item in items} | set(record.applied)
    for path in paths:
        if path not in known:
            raise HelpersError(
                f"{path!r} is not among the shared files",
                where=f"they are: {', '.join(sorted(known)) or 'none'}",
                fix="i sync_check",
            )


def _read_shared(place: SyncPlace, items: Sequence[ManagedFile]) -> dict[str, WantedText]:
    entries = read_entries(place.toolchain, place.commit, [item.source for item in items])
    texts = read_blobs(place.toolchain, [entry.id for entry in entries.values()])
    found = {}
    for item in items:
        entry = entries.get(item.source)
        text = texts.get(entry.id) if entry and entry.mode != LINK else None
        if entry is None or text is None or _NO_TEXT in text:
            raise HelpersError(
                f"the source of {item.path} is not a text file of the toolchain: {item.source}",
                where=str(place.toolchain / SYNC_FILE_NAME),
                fix=f"commit {item.source} in the toolchain, and move to that commit",
            )
        found[item.path] = WantedText(text, entry.id, place.commit, entry.mode == EXECUTABLE)
    return found


def _read_here(place: SyncPlace, paths: Sequence[str]) -> dict[str, Here]:
    if not place.at:
        return {path: _read_disk(place, path) for path in paths}
    entries = read_entries(place.root, place.at, paths)
    texts = read_blobs(place.root, [entry.id for entry in entries.values()])
    return {path: _read_entry(path, entries.get(path), texts) for path in paths}


def _read_entry(path: str, entry: TreeEntry | None, texts: Mapping[str, str]) -> Here:
    if entry is None:
        return Here(None)
    text = texts.get(entry.id)
    if text is None or _NO_TEXT in text:
        raise HelpersError(f"{path} is not a text file", where=path, fix=_HOW_TO_OPT_OUT)
    return Here(None, text) if entry.mode == LINK else Here(text)


_HOW_TO_OPT_OUT = f"move it away, or opt out in {RECORD_FILE_NAME}"


def _read_disk(place: SyncPlace, path: str) -> Here:
    file, root = place.root / path, place.root.resolve()
    folder = file.parent.resolve()
    above = [one for one in (folder, *folder.parents) if one.is_relative_to(root) and one != root]
    # A link may lead out of the repo, and what is in a submodule is the submodule's.
    if not folder.is_relative_to(root) or any((one / ".git").exists() for one in above):
        raise HelpersError(
            f"{path} is not in this repo: its folder is elsewhere",
            where=str(folder),
            fix=_HOW_TO_OPT_OUT,
        )
    if file.is_symlink():
        return Here(None, str(file.readlink()))
    return Here(read_text(file))


def _read_bases(
    place: SyncPlace, shared: Mapping[str, WantedText], record: SyncRecord
) -> dict[str, str]:
    """The texts of what was last applied, of those that are shared in another version now."""
    wanted = [
        record.applied[path].id
        for path, now in shared.items()
        if path in record.applied and record.applied[path].id != now.id
    ]
    if not wanted:
        return {}
    found = read_blobs(place.toolchain, wanted)
    # What was applied as it is, the repo's own history has too.
    return {**read_blobs(place.root, wanted), **found}


def _base(place: SyncPlace, path: str, applied: Applied | None, bases: Mapping[str, str]) -> str:
    assert applied is not None
    if applied.id in bases:
        return bases[applied.id]
    folder = str(place.toolchain)
    whole = is_shallow(place.toolchain) and find_commit(place.toolchain, applied.commit)
    bring = bring_history(place.toolchain, folder) if whole else ""
    raise HelpersError(
        f"what was last applied to {path} is not in the history of the toolchain that is here",
        where=f"content {applied.id[:12]} of commit {applied.commit[:12]}",
        fix=bring or bring_commit(place.toolchain, applied.commit, folder),
    )
