"""A dir's result as JSON, and back: what is kept of a pass for runs to come."""

import json
from typing import Any

from helpers.model.documents.parsing import load_json
from helpers.model.results.coverage import FileCoverage
from helpers.model.results.results import DirResult, DirState, Reused, TestCase, TestOutcome

_FORMAT = 1


def result_as_json(result: DirResult, run: str, ended: str) -> str:
    """A result as text.

    Args:
        run: id of the run that it is of.
        ended: when that ended, ISO 8601.
    """
    content = {
        "format": _FORMAT,
        "run": run,
        "ended": ended,
        "state": result.state.value,
        "image": result.image,
        "version": result.version,
        "seconds": round(result.seconds, 3),
        "log": result.log,
        "tests": [_test(test) for test in result.tests],
        "coverage": [[file.path, file.executed, file.missing] for file in result.coverage],
    }
    return json.dumps(content, separators=(",", ":")) + "\n"


def result_from_json(text: str, name: str, source: str) -> DirResult | None:
    """A result from its text; None where it is none, or is cut short.

    Args:
        name: the dir's.
        source: the store that it was read from.
    """
    try:
        found = load_json(text)
        if found["format"] != _FORMAT or found["state"] != DirState.PASSED.value:
            return None
        return DirResult(
            dir=name,
            state=DirState.PASSED,
            image=str(found["image"]),
            version=str(found["version"]),
            seconds=float(found["seconds"]),
            log=str(found["log"]),
            tests=tuple(_read_test(item) for item in found["tests"]),
            coverage=tuple(
                FileCoverage(str(path), tuple(executed), tuple(missing))
                for path, executed, missing in found["coverage"]
            ),
            reused=Reused(str(found["run"]), str(found["ended"]), source),
        )
    except (ValueError, KeyError, TypeError, IndexError):
        return None


def _test(test: TestCase) -> list[Any]:
    found: list[Any] = [test.node, test.outcome.value, round(test.seconds, 6), test.file, test.line]
    return [*found, test.message, test.properties] if test.message or test.properties else found


def _read_test(found: list[Any]) -> TestCase:
    node, outcome, seconds, file, line, *more = found
    message, properties = more if more else ("", ())
    return TestCase(
        node=str(node),
        outcome=TestOutcome(outcome),
        seconds=float(seconds),
        file=str(file),
        line=int(line),
        message=str(message),
        properties=tuple((str(key), str(value)) for key, value in properties),
    )
