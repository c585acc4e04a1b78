"""How a managed file stands, and what is to be written: decided, and nothing is changed.

Three texts decide: what was last written (base), what is here, and what is wanted. What both sides
changed is merged by git, and what it cannot merge stands between its markers.
"""

import re
from collections.abc import Callable
from dataclasses import field, replace

from helpers.managed_files.blocks import put_block, read_block
from helpers.managed_files.repo_record import Applied
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.file_change import FileChange
from helpers.model.managed_file import Drift, ManagedFile, Mode, Standing, Take
from helpers.model.shell_words import quoted
from helpers.model.sync.key_documents import change_keys, read_keys
from helpers.model.sync.key_merge import KeyMerge, key_name, merge_keys
from helpers.vcs.merge_file import merge_texts

_FAVOUR = {Take.NEITHER: "", Take.OWN: "ours", Take.SHARED: "theirs"}
_CRLF = "\r\n"
_MARKER = re.compile(r"<{7} |={7}$|>{7} ")
_CONFLICT = re.compile(
    r"^<{7} [^\n]*\n(?P<own>(?:[^\n]*\n)*?)={7}\n(?P<shared>(?:[^\n]*\n)*?)>{7} [^\n]*(?:\n|$)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class WantedText:
    """What is to be written: its text, what tells it from others, and the commit that has it."""

    text: str
    id: str
    commit: str = ""
    executable: bool = False


@dataclass(frozen=True, slots=True)
class Here:
    """What a repo has at a path: text, or a link.

    Attributes:
        text: of the file; of the one that a link leads to, when it leads to one.
        link: where the link leads; empty: it is none.
    """

    text: str | None
    link: str = ""


@dataclass(frozen=True, slots=True)
class FileToPlan:
    """All that decides about one file.

    Attributes:
        applied: what was last applied; None: nothing.
        base: the text of what was last applied; it is asked only when needed.
        undecided: names of keys in conflict.
        own: names of keys that are the repo's alone.
        target: where a link must lead.
        names: how conflicts name what is here and what is wanted.
    """

    item: ManagedFile
    wanted: WantedText
    here: Here
    applied: Applied | None
    base: Callable[[], str]
    take: Take = Take.NEITHER
    undecided: tuple[str, ...] = ()
    own: frozenset[str] = field(default_factory=frozenset)
    target: str = ""
    names: tuple[str, str] = ("here", "wanted")

    @property
    def record(self) -> str:
        """The line that says that this content is applied."""
        return str(Applied(self.item.mode, self.wanted.id, self.wanted.commit))


def plan_file(file: FileToPlan) -> Standing:
    """The state of the file, and what applying it would do.

    Raises:
        HelpersError: it is a link that should be a file, or its content is malformed; what was last
            applied cannot be had and is needed.
    """
    item, here = file.item, file.here
    if file.applied and file.applied.mode is not item.mode:
        # A record of another mode says nothing about this one.
        file = replace(file, applied=None, undecided=())
    if item.mode is Mode.LINK:
        return _decide_link(file)
    if here.text and _CRLF in here.text and _CRLF not in file.wanted.text:
        return _with_own_line_ends(file, here.text)
    if here.link:
        raise HelpersError(
            f"{item.path} is a link, and is shared as a file",
            where=f"{item.path} -> {here.link}",
            fix=f"rm {quoted(item.path)} && i sync_apply --path {quoted(item.path)}",
        )
    if item.where_present and here.text is None:
        return Standing(item, Drift.ABSENT)
    return _decide_keys(file) if item.mode is Mode.KEYS else _decide_text(file)


def _with_own_line_ends(file: FileToPlan, text: str) -> Standing:
    """Keep the repo's line endings: they are neither compared nor changed."""
    found = plan_file(replace(file, here=Here(text.replace(_CRLF, "\n"))))
    if found.change is None or found.change.after is None:
        return found
    after = found.change.after.replace("\n", _CRLF)
    return replace(found, change=replace(found.change, before=text, after=after))


def _decide_text(file: FileToPlan) -> Standing:
    """A whole file, or the block of one."""
    item, theirs = file.item, _ended(file)
    ours = _own_part(file)
    if ours is not None and _CONFLICT.search(ours):
        return _decide_conflict(file, ours)
    if ours == theirs:
        return Standing(item, Drift.IN_STEP, record=file.record)
    if file.applied is None:
        return _first(file, ours, theirs)
    if ours is None:
        return _gone(file, theirs)
    base = file.base() if file.applied.id != file.wanted.id else theirs
    base = base if item.mode is Mode.WHOLE or base.endswith("\n") else f"{base}\n"
    return _merged(file, base, ours, theirs)


def _merged(file: FileToPlan, base: str, ours: str, theirs: str) -> Standing:
    item = file.item
    if file.take is Take.SHARED:
        return Standing(item, Drift.HERE, change=_put(file, theirs), record=file.record)
    if base == theirs:
        return Standing(item, Drift.HERE, record=file.record)
    state = Drift.UPSTREAM if ours == base else Drift.BOTH
    return _merge(file, Standing(item, state), base, ours, theirs)


def _first(file: FileToPlan, ours: str | None, theirs: str) -> Standing:
    """Nothing of it was ever applied here."""
    item, record = file.item, file.record
    if ours is None or file.take is Take.SHARED:
        return Standing(item, Drift.NEW, change=_put(file, theirs), record=record)
    return _merge(file, Standing(item, Drift.NEW, "the file here differs"), "", ours, theirs)


def _merge(file: FileToPlan, found: Standing, base: str, ours: str, theirs: str) -> Standing:
    """What was found, with the text that git makes of the three as the change."""
    own, name = file.names
    merged = merge_texts(base, ours, theirs, name=name, favour=_FAVOUR[file.take], own=own)
    conflicts = ("lines",) if merged.conflicts else ()
    change = _put(file, merged.content.decode())
    return replace(found, change=change, conflicts=conflicts, record=file.record)


def _gone(file: FileToPlan, theirs: str) -> Standing:
    """A deleted file was deleted on purpose, so only `--take shared` restores it."""
    item = file.item
    if file.take is Take.SHARED:
        return Standing(item, Drift.GONE, change=_put(file, theirs), record=file.record)
    assert file.applied is not None
    changed = file.applied.id != file.wanted.id
    detail = "and changed upstream" if changed else ""
    what = ("the whole block" if item.mode is Mode.BLOCK else "the whole file",) if changed else ()
    return Standing(item, Drift.GONE, detail, conflicts=what)


def _decide_conflict(file: FileToPlan, ours: str) -> Standing:
    """The file has conflict markers since it was last merged."""
    item = file.item
    detail = "it has conflict markers <<<<<<<"
    if file.take is Take.NEITHER:
        return Standing(item, Drift.CONFLICT, detail, conflicts=("lines",), record=file.record)
    text = _CONFLICT.sub(lambda match: match[file.take.value], ours)
    lines = {line for found in _CONFLICT.finditer(ours) for line in found[0].splitlines()}
    kept = {*text.splitlines(), *file.wanted.text.splitlines()}
    return Standing(
        item,
        Drift.CONFLICT,
        detail,
        _put(file, text),
        record=file.record,
        resolves=True,
        given_up=frozenset(line for line in lines - kept if not _MARKER.match(line)),
    )


def _decide_keys(file: FileToPlan) -> Standing:
    item, here = file.item, file.here.text
    if here is None and file.applied and file.take is not Take.SHARED:
        return _gone(file, "")
    theirs, ours = read_keys(file.wanted.text, item.source), read_keys(here, item.path)
    merge = merge_keys(
        _base_keys(file),
        ours,
        theirs,
        own=file.own,
        undecided=file.undecided,
        take=file.take,
    )
    names = tuple(key_name(key) for key in merge.conflicts)
    state = _state_of_keys(file, merge)
    change = FileChange(item.path, here, change_keys(here, item.path, theirs, merge))
    return Standing(
        item,
        state,
        ", ".join(names or tuple(key_name(key) for key in merge.here)),
        None if change.changes_nothing else change,
        names,
        file.record,
        names,
    )


def _base_keys(file: FileToPlan) -> "dict[object, object] | None":
    if file.applied is None:
        return None
    same = file.applied.id == file.wanted.id
    text = file.wanted.text if same else file.base()
    return dict(read_keys(text, file.item.source))


def _state_of_keys(file: FileToPlan, merge: KeyMerge) -> Drift:
    known = set(file.undecided)
    if merge.conflicts and {key_name(key) for key in merge.conflicts} <= known and not merge.put:
        return Drift.CONFLICT
    comes = bool(merge.put or merge.removed)
    if not comes and not merge.conflicts:
        return Drift.HERE if merge.here else Drift.IN_STEP
    if file.applied is None:
        return Drift.NEW
    return Drift.BOTH if merge.conflicts or merge.here else Drift.UPSTREAM


def _decide_link(file: FileToPlan) -> Standing:
    item, here, target = file.item, file.here, file.target
    if here.link == target:
        return Standing(item, Drift.IN_STEP, record=file.record)
    change = FileChange(item.path, here.link or here.text, target, link=True)
    becomes = Standing(item, Drift.NEW, change=change, record=file.record)
    if file.take is Take.SHARED:
        return becomes
    if not here.link and here.text is None:
        return becomes if file.applied is None else _gone(file, target)
    toolchain = target.removesuffix(item.source)
    if file.applied and here.link.startswith(toolchain):
        # It leads where an earlier version of the toolchain had the source.
        return replace(becomes, drift=Drift.UPSTREAM)
    if here.text == file.wanted.text and not here.link:
        return replace(becomes, detail="the file here has the same content")
    detail = f"a link to {here.link}" if here.link else "a file of its own"
    if file.applied:
        return Standing(item, Drift.HERE, detail)
    return Standing(item, Drift.NEW, detail, conflicts=(detail,))


def _own_part(file: FileToPlan) -> str | None:
    text = file.here.text
    if file.item.mode is Mode.WHOLE or text is None:
        return text
    return read_block(text, file.item.path)


def _ended(file: FileToPlan) -> str:
    text = file.wanted.text
    return text if file.item.mode is Mode.WHOLE or text.endswith("\n") else f"{text}\n"


def _put(file: FileToPlan, part: str) -> FileChange | None:
    """The change that makes the file, or its block, this text."""
    item, here = file.item, file.here.text
    text = put_block(here, item.path, part) if item.mode is Mode.BLOCK else part
    change = FileChange(item.path, here, text, executable=file.wanted.executable)
    return None if change.changes_nothing else change
