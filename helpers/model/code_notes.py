"""Notes on a release of a dir's code: its commits by what they are, as Markdown."""

from collections.abc import Mapping, Sequence

from helpers.model.code_version import Change
from helpers.model.commits import Reason, breaking_text, read_message, subject
from helpers.model.dataclass import dataclass

_HEADINGS = {
    Reason.BREAKING: "Breaking changes",
    Reason.FEATURE: "Features",
    Reason.FIX: "Fixes",
    Reason.OTHER: "Other changes",
    Reason.DEPENDENCY: "Changes of what it depends on",
}
# Digits of a commit's id.
_ID_DIGITS = 12


@dataclass(frozen=True, slots=True)
class CodeNotes:
    """What a release brings.

    Attributes:
        title: what is released, such as `forecast 1.3.0`.
        since: the tag or commit before it; empty: it is the first release.
        counted: its commits, newest first.
        messages: whole ones by commit, of those that break something.
    """

    title: str
    since: str
    counted: Sequence[Change]
    messages: Mapping[str, str]

    @property
    def text(self) -> str:
        """All of it, with a heading."""
        return f"## {_safe(self.title)}\n\n{self.body}"

    @property
    def body(self) -> str:
        """The same without the heading, as the page of a release has it."""
        parts = []
        for reason, heading in _HEADINGS.items():
            lines = [self._line(one) for one in self.counted if one.reason is reason]
            if lines:
                parts.append("\n".join([f"### {heading}", "", *lines]))
        if not parts:
            parts.append(f"No commit since {_safe(self.since)}." if self.since else "No commit.")
        return "\n\n".join(parts)

    def _line(self, one: Change) -> str:
        scope = read_message(one.title).scope
        start = f"**{_safe(scope)}**: " if scope else ""
        said = breaking_text(self.messages.get(one.commit, ""))
        more = f"\n  {_safe(said)}" if said else ""
        return f"- {start}{_safe(subject(one.title))} ({one.commit[:_ID_DIGITS]}){more}"


def _safe(text: str) -> str:
    """A text that Markdown shows as it is: no tag of HTML begins in it, and no comment."""
    return " ".join(text.split()).replace("<", "\\<")
