"""Since when two checkouts that share code are compared: when they last had the same."""

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.sync.compare_repos import RepoPart, commit_time, common_commit, read_marks
from helpers.vcs.bring import bring_history
from helpers.vcs.refs import is_shallow


@dataclass(frozen=True, slots=True)
class LastIntegration:
    """Since when the two are compared.

    Attributes:
        time: when it was; the newest counts.
        here: our commit of then; empty: none is known.
        there: theirs.
        base: the commit that both had then.
        said: how it was found, for people.
    """

    time: int
    here: str
    there: str
    base: str
    said: str


def find_last(here: RepoPart, there: RepoPart) -> LastIntegration:
    """The newest of what is known: where histories parted, and marks in either.

    Raises:
        HelpersError: nothing is known, and history was cut off.
    """
    found = []
    for mark in read_marks(here, there):
        said = f"{mark.other[:12]} came here in {mark.commit[:12]}"
        found.append(LastIntegration(mark.time, mark.commit, mark.other, mark.other, said))
    for mark in read_marks(there, here):
        said = f"{mark.other[:12]} went there in {mark.commit[:12]}"
        found.append(LastIntegration(mark.time, mark.other, mark.commit, mark.other, said))
    common = common_commit(here, there)
    if common:
        said = f"the histories diverged at {common[:12]}"
        found.append(LastIntegration(commit_time(here, common), common, common, common, said))
    if found:
        return max(found, key=lambda last: last.time)
    for part in (here, there):
        if is_shallow(part.root):
            raise HelpersError(
                "this clone is shallow: its common history with the other is unknown",
                where=str(part.root),
                fix=bring_history(part.root, str(part.root)),
            )
    return LastIntegration(0, "", "", "", "they have no common history, and no integration yet")
