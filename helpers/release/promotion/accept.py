"""State that what runs in an environment passed there."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from helpers.model.dataclass import dataclass
from helpers.model.environments import ENVIRONMENT_VARIABLE, Acceptance, Promoted, Record
from helpers.model.errors import HelpersError
from helpers.model.settings.environment_config import DIR
from helpers.model.times import moment
from helpers.release.owner import now
from helpers.release.promotion.no_image import or_no_image
from helpers.release.promotion.places import Place, Places
from helpers.release.promotion.records import (
    acceptance_tag,
    known_ends,
    read_acceptance,
    read_record,
    write_acceptance,
)
from helpers.release.promotion.signer import read_signer
from helpers.system.host import Host
from helpers.system.process import printable

# What a command that looks whether it passes is given.
IMAGE, VALUES = "PROMOTE_IMAGE", "PROMOTE_VALUES"


@dataclass(frozen=True, slots=True)
class AcceptancePlan:
    """A statement, before it is made.

    Attributes:
        statement: what is stated, without the time.
        is_there: it was stated before.
        command: what has to pass first; none: the user says so.
        environment: variables of that command.
    """

    place: Place
    statement: Acceptance
    is_there: bool
    command: tuple[str, ...]
    environment: dict[str, str]

    def after(self, command: tuple[str, ...]) -> "AcceptancePlan":
        """The same, once a command passes."""
        made = replace(self.statement, command=printable(command))
        return replace(self, command=command, statement=self.statement if self.is_there else made)

    def __str__(self) -> str:
        one, run = self.statement, f"run {printable(self.command)}; "
        if self.is_there:
            return f"{self.place}: {run if self.command else ''}{self._stated}"
        first = f"{run}when it passes, " if self.command else ""
        job = f" in {one.job}" if one.job else ""
        return f"{self.place}: {first}state that {self._what}, by {one.by}{job}"

    @property
    def done(self) -> str:
        """What was done, for people."""
        one = self.statement
        if not self.is_there:
            return f"{self.place}: {one.tag} ({one.digest[:19]}) is accepted by {one.by}"
        passed = f"{printable(self.command)} passed; " if self.command else ""
        return f"{self.place}: {passed}{self._stated}"

    @property
    def _what(self) -> str:
        one = self.statement
        return f"{one.tag} ({one.digest[:19]}) passed in {self.place.name}"

    @property
    def _stated(self) -> str:
        one = self.statement
        return f"{self._what}; {one.by} stated it already, {moment(one.when)}"


def plan_acceptance(
    places: Places, host: Host, name: str, digest: str, said: tuple[str, tuple[str, ...]]
) -> AcceptancePlan:
    """Look what runs in an environment, and whether it was accepted: only reads.

    Args:
        digest: a check: what must run there; empty: whatever does.
        said: what the user says about it, and the command that has to pass.

    Raises:
        HelpersError: nothing runs there, something else, or what nobody promoted.
    """
    place = places.find(name)
    note, command = said
    found = _promoted(places, place, digest)
    runs = found.digest
    there = read_acceptance(place, runs)
    signer = read_signer(places.repo, host)
    by, job = signer.owner.name, signer.job
    made = there or Acceptance(
        name, runs, found.tag, by, "", job, printable(command), note, found.when
    )
    values = place.environment.values.replace(DIR, places.repo.own_name(places.item.name))
    variables = {
        ENVIRONMENT_VARIABLE: name,
        IMAGE: f"{place.target}@{runs}",
        VALUES: str(places.repo.checkout / values) if values else "",
    }
    return AcceptancePlan(place, made, there is not None, command, variables)


def _promoted(places: Places, place: Place, digest: str) -> Promoted:
    """What runs in an environment, since somebody promoted it there.

    Args:
        digest: what must run there; empty: whatever does.

    Raises:
        HelpersError: nothing runs there, something else, or what nobody promoted.
    """
    name = place.name
    named = place.repository.resolve(name)
    runs = named.digest if named else ""
    record = known_ends(place, read_record(place), runs)
    found = Record(record.happened(runs)).find(runs) if runs else None
    promote = f"i promote --to {name} {place.of_dir}"
    if record.is_half_done(runs):
        raise HelpersError(
            f"{name} runs {found or 'nothing'}, and {record.last} was to follow: the promotion did"
            " not end, or somebody moved the tag back by other means",
            where=str(place),
            fix=f"{place.look}   (says how to end it), then the same command",
        )
    if found is None or not found.when:
        what = f"what {name} runs was not promoted to it" if runs else f"{name} runs nothing"
        where = f"{place}, which names {runs}" if runs else str(place)
        error = HelpersError(f"{what}: there is nothing to accept", where=where, fix=promote)
        raise error if runs else or_no_image(places, error)
    if digest and digest != runs:
        raise HelpersError(
            f"{name} runs another image than the one to accept",
            where=f"{place}\n{name}: {runs}, promoted by {found.by}\nto accept: {digest}",
            fix=f"{place.look}, or {promote} --digest {digest}",
        )
    return found


def accept(plan: AcceptancePlan, run: Callable[[Sequence[str], dict[str, str]], int]) -> None:
    """Run the command, if there is one, and make the statement, unless it was made before.

    Raises:
        HelpersError: the command does not pass, another image runs meanwhile, or the registry
            refuses; an earlier statement stays.
    """
    if plan.is_there and not plan.command:
        return
    place, digest = plan.place, plan.statement.digest
    status = run(plan.command, plan.environment) if plan.command else 0
    if status:
        raise _failed(plan, status)
    now_there = place.repository.resolve(place.name)
    if now_there is None or now_there.digest != digest:
        raise HelpersError(
            f"nothing was accepted: {place.name} runs another image since",
            where=f"{place}\nit was: {digest}\n"
            f"it is: {now_there.digest if now_there else 'nothing'}",
            fix=f"{place.look}, then the same command",
        )
    if plan.is_there:
        return
    made = replace(plan.statement, when=now())
    write_acceptance(place.repository, acceptance_tag(place, digest), made, now_there)


def _failed(plan: AcceptancePlan, status: int) -> HelpersError:
    """The error for a command that does not pass; what was stated before is not taken back."""
    one, place = plan.statement, plan.place
    what = f"nothing was accepted: the command ended with {status}"
    fix = "make it pass, or promote what does, then the same command"
    if plan.is_there:
        what = (
            f"the command ended with {status}, and the earlier statement stands: {one.tag}"
            f" ({one.digest[:19]}) passed in {place.name}, says {one.by}, {moment(one.when)}"
        )
        fix = f"{fix}; or i promote_back --to {place.name} {place.of_dir}"
    return HelpersError(what, where=printable(plan.command), fix=fix)
