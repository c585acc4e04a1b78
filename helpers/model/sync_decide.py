"""Decide the state of one shared file, and what applying it does, from texts alone."""

import re
from collections.abc import Callable
from dataclasses import field, replace

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.file_change import FileChange
from helpers.model.key_documents import change_keys, read_keys
from helpers.model.key_merge import KeyMerge, key_name, merge_keys
from helpers.model.sync import Mode, SharedFile, Standing, State, Take
from helpers.model.sync_block import put_block, read_block
from helpers.model.sync_record import Applied

# Base, here, shared, and whose side is taken in conflicts -> the text, and whether it has any.
MergeTexts = Callable[[str, str, str, Take], tuple[str, bool]]

_CRLF = "\r\n"
_MARKER = re.compile(r"<{7} |={7}$|>{7} ")
_CONFLICT = re.compile(
    r"^<{7} [^\n]*\n(?P<own>(?:[^\n]*\n)*?)={7}\n(?P<shared>(?:[^\n]*\n)*?)>{7} [^\n]*(?:\n|$)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Shared:
    """The content that the toolchain shares, its git id, and the commit that has it."""

    text: str
    blob: str
    commit: str
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
class Question:
    """All that decides about one file.

    Attributes:
        applied: what was last applied; None: nothing.
        base: the text of what was last applied; it is asked only when needed.
        undecided: names of keys in conflict.
        own: names of keys that are the repo's alone.
        target: where a link must lead.
    """

    item: SharedFile
    shared: Shared
    here: Here
    applied: Applied | None
    base: Callable[[], str]
    merge: MergeTexts
    take: Take = Take.NEITHER
    undecided: tuple[str, ...] = ()
    own: frozenset[str] = field(default_factory=frozenset)
    target: str = ""

    @property
    def record(self) -> str:
        """The line that says that this content is applied."""
        return str(Applied(self.item.mode, self.shared.blob, self.shared.commit))


def decide(question: Question) -> Standing:
    """The state of the file, and what applying it would do.

    Raises:
        HelpersError: it is a link that should be a file, or its content is malformed; what was last
            applied cannot be had and is needed.
    """
    item, here = question.item, question.here
    if question.applied and question.applied.mode is not item.mode:
        # A record of another mode says nothing about this one.
        question = replace(question, applied=None, undecided=())
    if item.mode is Mode.LINK:
        return _decide_link(question)
    if here.text and _CRLF in here.text and _CRLF not in question.shared.text:
        return _with_own_line_ends(question, here.text)
    if here.link:
        raise HelpersError(
            f"{item.path} is a link here, but a file in the toolchain",
            where=f"{item.path} -> {here.link}",
            fix=f"rm '{item.path}' && i sync_apply --path '{item.path}'",
        )
    if item.where_present and here.text is None:
        return Standing(item, State.ABSENT)
    return _decide_keys(question) if item.mode is Mode.KEYS else _decide_text(question)


def _with_own_line_ends(question: Question, text: str) -> Standing:
    """Keep the repo's line endings: they are neither compared nor changed."""
    found = decide(replace(question, here=Here(text.replace(_CRLF, "\n"))))
    if found.change is None or found.change.after is None:
        return found
    after = found.change.after.replace("\n", _CRLF)
    return replace(found, change=replace(found.change, before=text, after=after))


def _decide_text(question: Question) -> Standing:
    """A whole file, or the block of one."""
    item, theirs = question.item, _ended(question)
    ours = _own_part(question)
    if ours is not None and _CONFLICT.search(ours):
        return _decide_conflict(question, ours)
    if ours == theirs:
        return Standing(item, State.IN_STEP, record=question.record)
    if question.applied is None:
        return _first(question, ours, theirs)
    if ours is None:
        return _gone(question, theirs)
    base = question.base() if question.applied.blob != question.shared.blob else theirs
    base = base if item.mode is Mode.IDENTICAL or base.endswith("\n") else f"{base}\n"
    return _merged(question, base, ours, theirs)


def _merged(question: Question, base: str, ours: str, theirs: str) -> Standing:
    item = question.item
    if question.take is Take.SHARED:
        return Standing(item, State.HERE, change=_put(question, theirs), record=question.record)
    if base == theirs:
        return Standing(item, State.HERE, record=question.record)
    state = State.UPSTREAM if ours == base else State.BOTH
    text, in_conflict = question.merge(base, ours, theirs, question.take)
    conflicts = ("lines",) if in_conflict else ()
    return Standing(item, state, "", _put(question, text), conflicts, question.record)


def _first(question: Question, ours: str | None, theirs: str) -> Standing:
    """Nothing of it was ever applied here."""
    item, record = question.item, question.record
    if ours is None or question.take is Take.SHARED:
        return Standing(item, State.NEW, change=_put(question, theirs), record=record)
    text, in_conflict = question.merge("", ours, theirs, question.take)
    conflicts = ("lines",) if in_conflict else ()
    detail = "the file here differs"
    return Standing(item, State.NEW, detail, _put(question, text), conflicts, record)


def _gone(question: Question, theirs: str) -> Standing:
    """A deleted file was deleted on purpose, so only `--take shared` restores it."""
    item = question.item
    if question.take is Take.SHARED:
        return Standing(item, State.GONE, change=_put(question, theirs), record=question.record)
    assert question.applied is not None
    changed = question.applied.blob != question.shared.blob
    detail = "and changed upstream" if changed else ""
    what = ("the whole block" if item.mode is Mode.BLOCK else "the whole file",) if changed else ()
    return Standing(item, State.GONE, detail, conflicts=what)


def _decide_conflict(question: Question, ours: str) -> Standing:
    """The file has conflict markers since it was last merged."""
    item = question.item
    detail = "it has conflict markers <<<<<<<"
    if question.take is Take.NEITHER:
        return Standing(item, State.CONFLICT, detail, conflicts=("lines",), record=question.record)
    text = _CONFLICT.sub(lambda match: match[question.take.value], ours)
    lines = {line for found in _CONFLICT.finditer(ours) for line in found[0].splitlines()}
    kept = {*text.splitlines(), *question.shared.text.splitlines()}
    return Standing(
        item,
        State.CONFLICT,
        detail,
        _put(question, text),
        record=question.record,
        resolves=True,
        given_up=frozenset(line for line in lines - kept if not _MARKER.match(line)),
    )


def _decide_keys(question: Question) -> Standing:
    item, here = question.item, question.here.text
    if here is None and question.applied and question.take is not Take.SHARED:
        return _gone(question, "")
    theirs, ours = read_keys(question.shared.text, item.source), read_keys(here, item.path)
    merge = merge_keys(
        _base_keys(question),
        ours,
        theirs,
        own=question.own,
        undecided=question.undecided,
        take=question.take,
    )
    names = tuple(key_name(key) for key in merge.conflicts)
    state = _state_of_keys(question, merge)
    change = FileChange(item.path, here, change_keys(here, item.path, theirs, merge))
    return Standing(
        item,
        state,
        ", ".join(names or tuple(key_name(key) for key in merge.here)),
        None if change.changes_nothing else change,
        names,
        question.record,
        names,
    )


def _base_keys(question: Question) -> "dict[object, object] | None":
    if question.applied is None:
        return None
    same = question.applied.blob == question.shared.blob
    text = question.shared.text if same else question.base()
    return dict(read_keys(text, question.item.source))


def _state_of_keys(question: Question, merge: KeyMerge) -> State:
    known = set(question.undecided)
    if merge.conflicts and {key_name(key) for key in merge.conflicts} <= known and not merge.put:
        return State.CONFLICT
    comes = bool(merge.put or merge.removed)
    if not comes and not merge.conflicts:
        return State.HERE if merge.here else State.IN_STEP
    if question.applied is None:
        return State.NEW
    return State.BOTH if merge.conflicts or merge.here else State.UPSTREAM


def _decide_link(question: Question) -> Standing:
    item, here, target = question.item, question.here, question.target
    if here.link == target:
        return Standing(item, State.IN_STEP, record=question.record)
    change = FileChange(item.path, here.link or here.text, target)
    becomes = Standing(item, State.NEW, change=change, record=question.record)
    if question.take is Take.SHARED:
        return becomes
    if not here.link and here.text is None:
        return becomes if question.applied is None else _gone(question, target)
    toolchain = target.removesuffix(item.source)
    if question.applied and here.link.startswith(toolchain):
        # It leads where an earlier version of the toolchain had the source.
        return replace(becomes, state=State.UPSTREAM)
    if here.text == question.shared.text and not here.link:
        return replace(becomes, detail="the file here has the same content")
    detail = f"a link to {here.link}" if here.link else "a file of its own"
    if question.applied:
        return Standing(item, State.HERE, detail)
    return Standing(item, State.NEW, detail, conflicts=(detail,))


def _own_part(question: Question) -> str | None:
    text = question.here.text
    if question.item.mode is Mode.IDENTICAL or text is None:
        return text
    return read_block(text, question.item.path)


def _ended(question: Question) -> str:
    text = question.shared.text
    return text if question.item.mode is Mode.IDENTICAL or text.endswith("\n") else f"{text}\n"


def _put(question: Question, part: str) -> FileChange | None:
    """The change that makes the file, or its block, this text."""
    item, here = question.item, question.here.text
    text = put_block(here, item.path, part) if item.mode is Mode.BLOCK else part
    change = FileChange(item.path, here, text, executable=question.shared.executable)
    return None if change.changes_nothing else change
