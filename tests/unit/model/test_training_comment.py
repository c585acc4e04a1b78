"""Which comments ask for something: `/train` at the start of a line, and nothing like it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.model.errors import HelpersError
from helpers.model.training import TrainingRequest
from helpers.model.training_comment import Order, Ordered, lines_for_us, read_order
from helpers.model.training_job import TrainingJob, parse_job, read_comment, read_dispatched

_SHA = "0123456789abcdef0123456789abcdef01234567"
_PAYLOAD = {
    "action": "created",
    "comment": {
        "id": 5,
        "body": "/train net",
        "created_at": "2026-01-31T12:00:00Z",
        "user": {"login": "ann"},
    },
    "issue": {"number": 12, "pull_request": {"url": "u"}},
}


@pytest.mark.parametrize(
    ("text", "ordered"),
    [
        ("/train net", Ordered(Order.TRAIN, TrainingRequest("net"))),
        (
            "Good.\r\n/train net lr=1\r\nThanks",
            Ordered(Order.TRAIN, TrainingRequest("net", {"lr": "1"})),
        ),
        ("/train  net  @" + _SHA, Ordered(Order.TRAIN, TrainingRequest("net", commit=_SHA))),
        ("/train help", Ordered(Order.HELP)),
        ("a\r/train   cancel  ", Ordered(Order.CANCEL)),
    ],
)
def test_a_line_that_begins_with_the_word_asks_for_something(text: str, ordered: Ordered) -> None:
    assert read_order(lines_for_us(text)) == ordered


@pytest.mark.parametrize(
    "text",
    [
        "",
        "please /train net",
        " /train net",
        "\t/train net",
        "> /train net",
        "- /train net",
        "`/train net`",
        "/training net",
        "/train/data is large",
        "/train-net",
        "/Train net",
        "//train net",
        "\u2215train net",
        "/tra\u0456n net",
        "x\u2028/train net",
        "x\x0b/train net",
        "x\x0c/train net",
        "x\x85/train net",
        "\ufeff/train net",
        "x" * 60_000,
    ],
)
def test_whatever_is_like_it_asks_for_nothing(text: str) -> None:
    assert lines_for_us(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "/train",
        "/train\tnet",
        "/train\u00a0net",
        "/train net\u2028lr=1",
        "/train net lr=$(touch x)",
        "/train `touch x`",
        "/train net; touch x",
        "/train net ::set-output name=request::x",
        "/train net %0A::set-output",
        "/train net lr=\uff11",
        "/train n\u0435t",
        "/train help me",
        "/train cancel --dir a",
        "/train net\n/train net",
        "/train net\n/train help",
        "/train " + "net " * 15_000,
        "/train net\n" * 5_000,
    ],
)
def test_what_is_no_request_is_refused_in_one_short_line(text: str) -> None:
    with pytest.raises(HelpersError) as caught:
        read_order(lines_for_us(text))
    assert caught.value.fix
    assert str(caught.value).isascii()
    assert len(str(caught.value)) < 300


@given(st.text(max_size=200))
def test_no_text_does_anything_but_ask_or_be_refused(text: str) -> None:
    try:
        found = read_order(lines_for_us(f"/train {text}"))
    except HelpersError as error:
        said = str(error)
    else:
        said = str(found.request)
    assert said.isascii()


def test_a_comment_is_read_as_it_was_when_it_was_written() -> None:
    found = read_comment(json.dumps(_PAYLOAD), "e")
    assert found
    assert (found.id, found.number, found.author, found.text) == (5, 12, "ann", "/train net")
    assert found.is_on_pull_request
    for action in ("edited", "deleted"):
        assert read_comment(json.dumps(_PAYLOAD | {"action": action}), "e") is None
    assert read_comment('{"action": "opened", "issue": {}}', "e") is None
    assert read_dispatched('{"inputs": {"request": "net lr=1"}}', "e") == "net lr=1"
    assert read_dispatched(json.dumps(_PAYLOAD), "e") == ""


@pytest.mark.parametrize("text", ["", "[]", "7", "{", json.dumps(_PAYLOAD | {"comment": {}})])
def test_what_is_no_payload_is_refused(text: str) -> None:
    with pytest.raises(HelpersError, match="no payload"):
        read_comment(text, "e")


def test_what_one_job_says_the_next_one_reads() -> None:
    job = TrainingJob(f"net lr=1 --dir a @{_SHA}", "a", "main", number=12, comment=5)
    assert "\n" not in job.as_json()
    assert parse_job(job.as_json()) == job
    found = json.loads(job.as_json())
    for changed in (
        {"request": "net; id"},
        {"request": "net --dir a @0123456"},
        {"request": f"net @{_SHA}"},
        {"number": "12"},
        {"number": True},
        {"base": None},
    ):
        with pytest.raises(HelpersError, match="ASKED"):
            parse_job(json.dumps(found | changed))
    for text in ("", "[]", "{}"):
        with pytest.raises(HelpersError, match="ASKED"):
            parse_job(text)
