"""What is asked of a forge, by a server that keeps it; and what its refusals become."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpers.forge.errors import ForgeError
from helpers.forge.pages import find_page, write_page
from helpers.forge.place import ForgeKind, ForgePlace
from helpers.forge.session import Session
from helpers.model.forge import ReleasePage
from helpers.registry.access import Access
from helpers.registry.retry_budget import RetryBudget
from tests.builders import make_host
from tests.forges import Answer, Asked, FakeForge

_PAGE = ReleasePage("app-v1.2.0", "app 1.2.0", "- a feature")
_GITHUB = {
    "id": 7,
    "tag_name": _PAGE.tag,
    "name": _PAGE.title,
    "body": _PAGE.notes,
    "html_url": "https://forge/r/7",
}


@pytest.fixture
def forge() -> Iterator[FakeForge]:
    with FakeForge({}) as made:
        yield made


def _session(forge: FakeForge, folder: Path, kind: ForgeKind = ForgeKind.GITHUB) -> Session:
    budget = RetryBudget(total=0.5, first=0.005, longest=0.05)
    access = Access(make_host(folder), None, budget=budget, certificates_folder=folder)
    return Session(ForgePlace(kind, forge.url, "team/shop", "secret"), access)


def test_a_page_is_written_once_and_changed_where_it_differs(
    forge: FakeForge, tmp_path: Path
) -> None:
    session = _session(forge, tmp_path)
    assert find_page(session, _PAGE.tag) is None
    there = "GET /repos/team/shop/releases/tags/app-v1.2.0"
    forge.answers["POST /repos/team/shop/releases"] = (201, _GITHUB)
    made = write_page(session, _PAGE)
    assert made.url == "https://forge/r/7"
    assert forge.asked[-1].content == {
        "tag_name": _PAGE.tag,
        "name": _PAGE.title,
        "body": _PAGE.notes,
    }
    assert {one.authorization for one in forge.asked} == {"Bearer secret"}

    forge.answers[there] = (200, _GITHUB)
    assert write_page(session, _PAGE) == made
    assert forge.lines[-1] == there

    forge.answers[there] = (200, _GITHUB | {"body": None})
    forge.answers["PATCH /repos/team/shop/releases/7"] = (200, _GITHUB)
    assert write_page(session, _PAGE) == made
    assert forge.lines[-1] == "PATCH /repos/team/shop/releases/7"


def test_a_page_of_gitlabs_is_changed_by_its_tag(forge: FakeForge, tmp_path: Path) -> None:
    session = _session(forge, tmp_path, ForgeKind.GITLAB)
    path = "/projects/team%2Fshop/releases/app-v1.2.0"
    content = {"tag_name": _PAGE.tag, "name": "old", "description": "", "_links": {"self": "u"}}
    forge.answers = {f"GET {path}": (200, content), f"PUT {path}": (200, content)}
    write_page(session, _PAGE)
    assert forge.lines == [f"GET {path}", f"PUT {path}"]
    assert forge.asked[-1].content["description"] == _PAGE.notes


def test_a_jobs_own_token_has_a_header_of_its_own(forge: FakeForge, tmp_path: Path) -> None:
    place = ForgePlace(ForgeKind.GITLAB, forge.url, "team/shop", "secret", is_of_job=True)
    budget = RetryBudget(total=0.5, first=0.005, longest=0.05)
    access = Access(make_host(tmp_path), None, budget=budget, certificates_folder=tmp_path)
    path = "/projects/team%2Fshop/releases"
    content = {"tag_name": _PAGE.tag, "name": "", "description": "", "_links": {"self": "u"}}
    forge.answers = {f"POST {path}": (201, content)}
    write_page(Session(place, access), _PAGE)
    assert forge.lines == [f"GET {path}/app-v1.2.0", f"POST {path}"]
    assert {(one.authorization, one.job_token) for one in forge.asked} == {("", "secret")}
    forge.answers = {f"POST {path}": (403, {"message": "403 Forbidden"})}
    with pytest.raises(ForgeError, match="refused with status 403") as caught:
        write_page(Session(place, access), _PAGE)
    assert caught.value.fix.startswith("give the job GITLAB_TOKEN")


def test_a_list_is_read_to_its_end(forge: FakeForge, tmp_path: Path) -> None:
    def page(asked: Asked) -> Answer:
        last = asked.query.endswith("page=3")
        return 200, {"runs": [{"id": 1}] * (5 if last else 100)}

    forge.answers["GET /runs"] = page
    assert len(list(_session(forge, tmp_path).pages("/runs", "runs", state="open"))) == 205
    assert forge.asked[0].query == "state=open&per_page=100&page=1"


def test_reading_is_tried_again_and_writing_is_not(forge: FakeForge, tmp_path: Path) -> None:
    answers: list[Answer] = [(503, {"message": "busy"}), (200, {"id": 3})]
    forge.answers["GET /x"] = lambda _: answers.pop(0)
    session = _session(forge, tmp_path)
    assert session.get("/x") == {"id": 3}
    forge.answers["POST /x"] = (503, {"message": "busy"})
    with pytest.raises(ForgeError, match="fails with status 503: busy"):
        session.send("POST", "/x", {"a": 1})
    assert forge.lines == ["GET /x", "GET /x", "POST /x"]


@pytest.mark.parametrize(
    ("status", "content", "said"),
    [
        (403, {"message": "Resource not\naccessible"}, "refused with status 403: Resource not acc"),
        (404, {"message": "Not Found"}, "has nothing there, or shows it to others alone"),
        (422, [1], "refused with status 422"),
        (200, b"<html>", "it sends no JSON"),
    ],
)
def test_a_refusal_says_what_the_forge_said_and_no_token(
    forge: FakeForge, tmp_path: Path, status: int, content: Any, said: str
) -> None:
    forge.answers["GET /x"] = (status, content)
    with pytest.raises(ForgeError) as caught:
        _session(forge, tmp_path).get("/x", secret="q")
    assert said in caught.value.what
    assert caught.value.status == status
    assert caught.value.where.endswith("/x")
    assert caught.value.fix
    assert "secret" not in str(caught.value)


def test_where_nothing_answers_that_is_said(tmp_path: Path) -> None:
    with FakeForge({}) as gone:
        session = _session(gone, tmp_path)
    with pytest.raises(ForgeError, match="refuses connections"):
        session.get("/x")
