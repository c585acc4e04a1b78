"""State that what runs in an environment passed there."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from helpers.model.dataclass import dataclass
from helpers.model.environments import ENVIRONMENT_VARIABLE, Acceptance
from helpers.model.errors import HelpersError
from helpers.model.settings.environment_config import DIR
from helpers.release.owner import now
from helpers.release.promotion.places import Place, Places
from helpers.release.promotion.records import (
    acceptance_tag,
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
        statement = replace(self.statement, command=printable(command))
        return replace(self, command=command, statement=statement)

    def __str__(self) -> str:
        one = self.statement
        what = f"{one.tag} ({one.digest[:19]}) passed in {self.place.name}"
        if self.is_there:
            return f"{self.place}: {what}; {one.by} stated it already, {one.when}"
        first = f"run {printable(self.command)}; when it passes, " if self.command else ""
        job = f" in {one.job}" if one.job else ""
        return f"{self.place}: {first}state that {what}, by {one.by}{job}"


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
    named = place.repository.resolve(name)
    runs = named.digest if named else ""
    found = read_record(place).find(runs) if runs else None
    promote = f"i promote --to {name} {place.of_dir}"
    if found is None or not found.when:
        what = f"what {name} runs was not promoted to it" if runs else f"{name} runs nothing"
        where = f"{place}, which names {runs}" if runs else str(place)
        raise HelpersError(f"{what}: there is nothing to accept", where=where, fix=promote)
    if digest and digest != runs:
        raise HelpersError(
            f"{name} runs another image than the one to accept",
            where=f"{place}\n{name}: {runs}, promoted by {found.by}\nto accept: {digest}",
            fix=f"{place.look}, or {promote} --digest {digest}",
        )
    there = read_acceptance(place, runs)
    signer = read_signer(places.repo, host)
    by, job = signer.owner.name, signer.job
    made = there or Acceptance(name, runs, found.tag, by, "", job, printable(command), note)
    values = place.environment.values.replace(DIR, places.repo.own_name(places.item.name))
    variables = {
        ENVIRONMENT_VARIABLE: name,
        IMAGE: f"{place.target}@{runs}",
        VALUES: str(places.repo.checkout / values) if values else "",
    }
    return AcceptancePlan(place, made, there is not None, command, variables)


def accept(plan: AcceptancePlan, run: Callable[[Sequence[str], dict[str, str]], int]) -> Acceptance:
    """Run the command, if there is one, and make the statement; once is enough.

    Raises:
        HelpersError: the command does not pass, another image runs meanwhile, or the registry
            refuses.
    """
    if plan.is_there:
        return plan.statement
    place, digest = plan.place, plan.statement.digest
    status = run(plan.command, plan.environment) if plan.command else 0
    if status:
        raise HelpersError(
            f"nothing was accepted: the command ended with {status}",
            where=printable(plan.command),
            fix="make it pass, or promote what does, then the same command",
        )
    now_there = place.repository.resolve(place.name)
    if now_there is None or now_there.digest != digest:
        raise HelpersError(
            f"nothing was accepted: {place.name} runs another image since",
            where=f"{place}\nit was: {digest}\n"
            f"it is: {now_there.digest if now_there else 'nothing'}",
            fix=f"{place.look}, then the same command",
        )
    made = replace(plan.statement, when=now())
    write_acceptance(place.repository, acceptance_tag(place, digest), made, now_there)
    return made
