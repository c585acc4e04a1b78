"""The reply to a comment that asks for a training, as Markdown: what is foreign stays text."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from helpers.console.foreign import one_line, printable
from helpers.model.errors import HelpersError
from helpers.model.fetch_command import fetch_command
from helpers.model.results.reported import Reported
from helpers.model.results.training import TrainingState
from helpers.model.settings.train_config import LOWER, TrainConfig
from helpers.model.settings.train_parameters import SEED, written
from helpers.model.training import FORM, TrainingRequest
from helpers.model.training_comment import Order
from helpers.model.training_job import TrainingJob
from helpers.model.training_ways import Ways

_SHOWN = 12
_SHOWN_DIGEST = 19
# The columns of a result by itself.
_OWN = 3
_WAITS = "waits or runs"
_TO_END = "- to end it: "
_MARK = re.compile(r"<!-- i train: (?P<asked>[0-9]{1,18}) -->")


def mark_of(asked: int) -> str:
    """What the one reply to a comment or pipeline begins with, by which it is found again."""
    return f"<!-- i train: {asked} -->"


def waits_for(reply: str) -> int:
    """Which comment or pipeline asked for what waits or runs by this reply; 0: none."""
    mark, _, said = reply.partition("\n")
    found = _MARK.fullmatch(mark)
    return int(found["asked"]) if found and f": {_WAITS}, in " in said.partition("\n")[0] else 0


def ended_text(reply: str, ways: Ways) -> str:
    """The reply that said that it waits or runs, once that is canceled."""
    lines = reply.replace(_WAITS, "canceled", 1).splitlines()
    left = [line for line in lines if not line.startswith(_TO_END)]
    return "\n".join([*left, f"- canceled by [this run]({ways.run})"])


def refused_text(error: HelpersError) -> str:
    """Why nothing is trained, and what to type."""
    lines = [f"Nothing is trained: {_code(error.what)}"]
    if error.where:
        lines.append(f"- where: {_code(error.where)}")
    if error.fix:
        lines.append(f"- what to do: {_code(error.fix)}")
    return "\n".join(lines)


def started_text(job: TrainingJob, ways: Ways) -> str:
    """That it is trained."""
    said = f"{_title(job)}: {_WAITS}, in [this run]({ways.run})"
    request, end = (_code(ways.asked(one, job.number)) for one in (job.request, Order.CANCEL))
    return f"{said}\n\n- {request}\n{_TO_END}{end}"


def canceled_text(count: int) -> str:
    """How many runs were ended."""
    if not count:
        return "Nothing that was asked for here waits or runs."
    return f"Canceled {count} of the runs that were asked for here; each says so in its own reply."


def help_text(configs: Mapping[str, TrainConfig], ways: Ways, number: int) -> str:
    """What can be trained, and how it is asked for.

    Args:
        configs: by dir.
        number: of the pull request; 0: there is none.
    """
    train, *others = (_code(ways.asked(one, number)) for one in (FORM, Order.HELP, Order.CANCEL))
    lines = [f"Write on a line of its own: {train}, {' or '.join(others)}."]
    for dir, config in configs.items():
        models = ", ".join(map(_code, config.models))
        lines += [
            "",
            f"{_code(dir)}: {models}",
            "",
            "| parameter | value | default |",
            "|---|---|---|",
        ]
        for name, one in {**config.parameters, SEED.name: SEED}.items():
            default = "drawn" if one.default is None else _cell(written(one.default))
            lines.append(f"| {_cell(name)} | {one.expected} | {default} |")
    return "\n".join(lines)


def result_text(
    job: TrainingJob,
    result: Reported,
    base: Reported | HelpersError | None,
    ways: Ways,
) -> str:
    """What a training came to, beside the last result of the branch it is to be merged into.

    Args:
        base: that result; None: there is none; an error: why it is not known.
    """
    then = result.recorded
    good = result.state is TrainingState.SUCCEEDED
    lines = [f"{_title(job)}: {result.state.value} in {result.seconds:.1f} s", ""]
    if not good:
        lines += [_code(result.problem), "", *_fenced(result.last_lines), ""]
    if then.metrics:
        lines += [*_table(job, result, base, ways), ""]
    again = replace(job.asked, parameters=then.parameters)
    lines += [
        f"- parameters: {_settings(then.parameters)}",
        f"- commit: {_code(then.commit)}",
        f"- image: {_code(then.image_digest[:_SHOWN_DIGEST])}",
        f"- inputs: {_code(then.inputs[:_SHOWN])}",
        f"- [the run]({ways.run}), which keeps the log and the files",
        *_how_to_repeat(job, again, ways),
    ]
    return "\n".join(lines)


def no_result_text(
    job: TrainingJob, ended: str, problem: str, log: Iterable[str], ways: Ways
) -> str:
    """That there is no result.

    Args:
        ended: how the job ended, as GitHub says it.
        problem: what is wrong with what it left; empty: it left nothing.
    """
    said = "canceled" if ended == "cancelled" else "failed"
    lines = [f"{_title(job)}: {said}"]
    if problem:
        lines += ["", _code(problem)]
    elif ended == "cancelled":
        lines += ["", "Somebody ended it, or a newer request for the dir took its place."]
    elif ended != "failure":
        lines += ["", f"The job left no result, and ended as {_code(ended)}."]
    fenced = _fenced(log)
    lines += ["", *fenced] if fenced else []
    lines += ["", f"- [the run]({ways.run})", *_how_to_repeat(job, job.asked, ways)]
    return "\n".join(lines)


def _title(job: TrainingJob) -> str:
    asked = job.asked
    return f"{_code(asked.dir)}: {_code(asked.model)} at {_code(asked.commit[:_SHOWN])}"


def _table(
    job: TrainingJob, result: Reported, base: Reported | HelpersError | None, ways: Ways
) -> list[str]:
    then = base.recorded.metrics if isinstance(base, Reported) else {}
    head = ["metric", "better", "here", _cell(job.base), "difference"]
    rows = []
    for name, value in result.recorded.metrics.items():
        better = result.better[name]
        other, difference = "-", "-"
        if name in then:
            change = value - then[name]
            good = change < 0 if better == LOWER else change > 0
            said = "better" if good else "worse" if change else "the same"
            other, difference = f"{then[name]:g}", f"{change:+g}, {said}"
        rows.append([_cell(name), better, f"{value:g}", other, difference])
    if job.number == 0:  # the branch's own: there is nothing beside it
        head, rows = head[:_OWN], [row[:_OWN] for row in rows]
    table = [_row(head), "|---" * len(head) + "|", *map(_row, rows)]
    if job.number == 0:
        return table
    if base is None:
        line = ways.on_branch(job.asked, job.base)
        return [*table, "", f"{_code(job.base)} has no result of this model yet: {_code(line)}"]
    if isinstance(base, HelpersError):
        return [
            *table,
            "",
            f"The last result of {_code(job.base)} is not known: {_code(base.what)}",
        ]
    told = base.recorded
    at = f"{_code(job.base)}: {_settings(told.parameters)}, commit {_code(told.commit[:_SHOWN])}"
    return [*table, "", at]


def _how_to_repeat(job: TrainingJob, request: TrainingRequest, ways: Ways) -> list[str]:
    here = replace(request, commit="")
    fetched = ways.head(job.number) if job.number else request.commit
    fetch = fetch_command("origin", fetched)
    typed = f"{fetch} && git switch --detach {request.commit} && i train {here}"
    again = [f"- again: {_code(ways.asked(str(request), job.number))}"] if job.number else []
    return [*again, f"- at a desk: {_code(typed)}"]


def _settings(parameters: Mapping[str, str]) -> str:
    return _code(" ".join(f"{name}={value}" for name, value in parameters.items()))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _code(text: str) -> str:
    """A text as code on one line, which ends nowhere within it."""
    safe = one_line(text).replace("`", "'").strip()
    return f"`{safe or ' '}`"


def _cell(text: str) -> str:
    """A text as code in a table."""
    return _code(text).replace("|", "\\|")


def _fenced(lines: Iterable[str]) -> list[str]:
    text = [printable(line) for line in lines]
    if not text:
        return []
    longest = max((len(one) for line in text for one in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}text", *(f" {line}" for line in text), fence]
