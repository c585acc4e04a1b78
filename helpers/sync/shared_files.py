"""How the shared files of a repo stand, and how they are brought in step."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.file_change import FileChange
from helpers.model.sync import (
    SYNC_FILE_NAME,
    Mode,
    SharedFile,
    Standing,
    State,
    Take,
    parse_shared,
)
from helpers.model.sync_decide import Here, MergeTexts, Question, Shared, decide
from helpers.model.sync_record import (
    RECORD_FILE_NAME,
    Applied,
    SyncRecord,
    parse_record,
    update_record,
)
from helpers.sync.synced_checkout import Place
from helpers.system.file_changes import apply_changes, read_text
from helpers.vcs.file_history import read_blobs
from helpers.vcs.merge_file import merge_texts
from helpers.vcs.objects import EXECUTABLE, LINK, TreeEntry, read_entries, uncommitted
from helpers.vcs.refs import is_shallow

# What reading writes where bytes are no text.
_NO_TEXT = "\N{REPLACEMENT CHARACTER}"
_FAVOUR = {Take.NEITHER: "", Take.OWN: "ours", Take.SHARED: "theirs"}


@dataclass(frozen=True, slots=True)
class Look:
    """What was found in a repo.

    Attributes:
        record: the change of the file that keeps what was applied.
        notices: what the user should know besides.
    """

    place: Place
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
        """What applying writes, the record last."""
        changes = [standing.change for standing in self.standings if standing.change]
        return (*changes, *(() if self.record.changes_nothing else (self.record,)))


def look(place: Place, paths: Collection[str] = (), take: Take = Take.NEITHER) -> Look:
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
        Standing(SharedFile(path, "", "", applied.mode), State.DROPPED)
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
    unsafe = uncommitted(found.place.root, replaced)
    if unsafe:
        names = " ".join(f"'{name}'" for name in unsafe)
        git = f"git -C '{found.place.root}'"
        raise HelpersError(
            f"not committed, and would be changed: {', '.join(unsafe)}",
            where=str(found.place.root),
            fix=f"{git} add -f {names} && {git} commit {names}",
        )


def _is_committed(root: Path, standing: Standing) -> bool:
    """Whether what a resolution takes out of a file is in the newest commit."""
    name = f"HEAD:{standing.item.path}"
    return standing.given_up <= set(read_blobs(root, [name]).get(name, "").splitlines())


def write(found: Look) -> None:
    """Make the changes; the record comes last, so that whoever is interrupted begins again.

    Raises:
        HelpersError: a file changed meanwhile; nothing is written then.
        OSError: a file cannot be written; those before it are.
    """
    root = found.place.root
    texts: list[FileChange] = []
    links: list[FileChange] = []
    for standing in found.standings:
        if standing.change:
            (links if standing.item.mode is Mode.LINK else texts).append(standing.change)
    apply_changes(root, texts)
    for change in links:
        _write_link(root / change.path, change.after or "")
    apply_changes(root, [found.record])


def _decide_all(
    place: Place, items: Sequence[SharedFile], record: SyncRecord, take: Take
) -> list[Standing]:
    shared = _read_shared(place, items)
    here = _read_here(place, [item.path for item in items])
    bases = _read_bases(place, shared, record)
    standings = []
    for item in items:
        reason = record.opt_out.get(item.path)
        if reason is not None:
            standings.append(Standing(item, State.OPTED_OUT, reason))
        elif place.is_toolchain and item.path == item.source:
            standings.append(Standing(item, State.IN_STEP, "the source itself"))
        else:
            applied = record.applied.get(item.path)
            question = Question(
                item,
                shared[item.path],
                here[item.path],
                applied,
                partial(_base, place, item.path, applied, bases),
                _merge_with(item),
                take,
                record.undecided.get(item.path, ()),
                record.own_keys(item.path),
                place.link_to(item.path, item.source),
            )
            standings.append(decide(question))
    return standings


def _read_items(place: Place) -> tuple[SharedFile, ...]:
    name = f"{place.commit}:{SYNC_FILE_NAME}"
    text = read_blobs(place.toolchain, [name]).get(name)
    if text is None:
        raise HelpersError(
            f"the toolchain of this repo shares no files: its commit {place.commit[:12]} has no"
            f" {SYNC_FILE_NAME}",
            where=str(place.toolchain),
            fix=f"git -C '{place.toolchain}' pull",
        )
    return parse_shared(text, str(place.toolchain / SYNC_FILE_NAME))


def _notices(place: Place, items: Sequence[SharedFile], record: SyncRecord) -> tuple[str, ...]:
    named = {name.partition("#")[0] for name in record.opt_out}
    unknown = sorted(named - {item.path for item in items})
    notices = [f"{path} is not shared, but {RECORD_FILE_NAME} opts out" for path in unknown]
    sources = [SYNC_FILE_NAME, *(item.source for item in items)]
    loose = [] if place.at else uncommitted(place.toolchain, sources, ignored=False)
    if loose:
        notices.append(f"not committed in the toolchain, so not looked at: {', '.join(loose)}")
    return tuple(notices)


def _check_paths(paths: Collection[str], items: Sequence[SharedFile], record: SyncRecord) -> None:
    known = {item.path for item in items} | set(record.applied)
    for path in paths:
        if path not in known:
            raise HelpersError(
                f"{path!r} is not among the shared files",
                where=f"they are: {', '.join(sorted(known)) or 'none'}",
                fix="i sync_check",
            )


def _read_shared(place: Place, items: Sequence[SharedFile]) -> dict[str, Shared]:
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
        found[item.path] = Shared(text, entry.id, place.commit, entry.mode == EXECUTABLE)
    return found


def _read_here(place: Place, paths: Sequence[str]) -> dict[str, Here]:
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


def _read_disk(place: Place, path: str) -> Here:
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


def _read_bases(place: Place, shared: Mapping[str, Shared], record: SyncRecord) -> dict[str, str]:
    """The texts of what was last applied, of those that are shared in another version now."""
    wanted = [
        record.applied[path].blob
        for path, now in shared.items()
        if path in record.applied and record.applied[path].blob != now.blob
    ]
    if not wanted:
        return {}
    found = read_blobs(place.toolchain, wanted)
    # What was applied as it is, the repo's own history has too.
    return {**read_blobs(place.root, wanted), **found}


def _base(place: Place, path: str, applied: Applied | None, bases: Mapping[str, str]) -> str:
    assert applied is not None
    if applied.blob in bases:
        return bases[applied.blob]
    fetch = "fetch --unshallow" if is_shallow(place.toolchain) else f"fetch origin {applied.commit}"
    raise HelpersError(
        f"what was last applied to {path} is not in the history of the toolchain that is here",
        where=f"content {applied.blob[:12]} of commit {applied.commit[:12]}",
        fix=f"git -C '{place.toolchain}' {fetch}",
    )


def _merge_with(item: SharedFile) -> MergeTexts:
    def merge(base: str, ours: str, theirs: str, take: Take) -> tuple[str, bool]:
        name = f"shared ({item.source})"
        merged = merge_texts(base, ours, theirs, name=name, favour=_FAVOUR[take])
        return merged.content.decode(), merged.conflicts > 0

    return merge


def _write_link(path: Path, target: str) -> None:
    """Put a link where it belongs in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.link.tmp")
    beside.unlink(missing_ok=True)
    beside.symlink_to(target)
    beside.replace(path)
