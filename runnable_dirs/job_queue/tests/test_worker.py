"""Workers and the command line, on the server's own clock."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from job_queue.__main__ import main
from job_queue.queue import Counts, JobQueue, Rules
from job_queue.worker import Worker
from redis import Redis

CONTENT_DIGEST = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_handler_that_raises_fails_its_job_and_no_other(queue: JobQueue) -> None:
    done = []

    def greet(payload: Mapping[str, Any]) -> None:
        done.append(payload["name"].upper())

    queue.enqueue("greet", {"name": None})
    queue.enqueue("greet", {"name": "Ada"})
    worker = Worker(queue, {"greet": greet})
    assert [worker.run_one() for _ in range(3)] == [True, True, False]
    assert done == ["ADA"]
    assert queue.count() == Counts(waiting=1, reserved=0, dead=0)


def test_job_of_an_unknown_kind_fails(queue: JobQueue) -> None:
    queue.enqueue("dance", {})
    assert Worker(queue, {}).run_one()
    assert queue.count().waiting == 1


@pytest.mark.slow
def test_job_goes_from_the_command_line_to_its_result(
    queue_name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "letter").write_text("abc", encoding="utf-8")
    payload = json.dumps({"path": str(tmp_path / "letter")})
    main(["--queue", queue_name, "enqueue", "checksum", payload])
    main(["--queue", queue_name, "work", "--idle-seconds", "0.5"])
    assert capsys.readouterr().out.splitlines()[1] == "1"
    written = (tmp_path / "letter.sha256").read_text(encoding="utf-8")
    assert written == f"{CONTENT_DIGEST}  letter\n"


@pytest.mark.slow
def test_flaky_job_succeeds_in_the_end(client: Redis, queue_name: str) -> None:
    queue = JobQueue(client, queue_name, Rules(max_attempts=4, backoff=0.1))
    attempts = []

    def flaky(payload: Mapping[str, Any]) -> None:
        attempts.append(payload)
        if len(attempts) < 4:
            raise ConnectionError("try later")

    queue.enqueue("flaky", {})
    assert Worker(queue, {"flaky": flaky}).run(idle_seconds=0.6, pause=0.02) == 4
    assert queue.count() == Counts(waiting=0, reserved=0, dead=0)
