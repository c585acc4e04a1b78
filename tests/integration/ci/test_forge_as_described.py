"""What is asked of GitHub is what its own description of its interface has."""

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from helpers.forge.errors import ForgeError
from helpers.forge.github import GitHub
from helpers.forge.github_setup import GitHubSetup
from helpers.forge.pages import find_page, write_page
from helpers.forge.place import ForgeKind, ForgePlace
from helpers.forge.session import Session
from helpers.model.forge import ReleasePage
from helpers.registry.access import Access
from helpers.registry.retry_budget import RetryBudget
from tests.builders import make_host
from tests.ci_tools import CiTools
from tests.registries import free_port

pytestmark = [pytest.mark.slow, pytest.mark.superslow]

_TOOLS = Path(__file__).with_name("api_tools")
_REPO = "/repos/{owner}/{repo}"
# A path that is asked for and does not stand here has no answer, and fails its test.
_ASKED = (
    "/collaborators/{username}/permission",
    "/pulls/{pull_number}",
    "/commits/{ref}/check-suites",
    "/issues/{issue_number}/comments",
    "/issues/comments/{comment_id}",
    "/actions/workflows/{workflow_id}/runs",
    "/actions/runs/{run_id}/cancel",
    "/actions/artifacts",
    "/releases",
    "/releases/{release_id}",
    "/releases/tags/{tag}",
    "",
    "/teams",
    "/rulesets",
    "/environments",
    "/environments/{environment_name}",
    "/pulls",
)
_ASKED_ELSEWHERE = (
    "/users/{username}",
    "/user/repos",
    "/orgs/{org}/repos",
    "/orgs/{org}/teams/{team_slug}/repos/{owner}/{repo}",
)


def _pruned(whole: Mapping[str, Any]) -> dict[str, Any]:
    """The description of these paths alone, with what it refers to."""
    asked = (*(f"{_REPO}{path}" for path in _ASKED), *_ASKED_ELSEWHERE)
    paths = {path: whole["paths"][path] for path in asked}
    components: dict[str, dict[str, Any]] = {}
    open_values: list[Any] = [paths]
    while open_values:
        value = open_values.pop()
        if isinstance(value, dict):
            _, _, kind, name = str(value.get("$ref", "///")).split("/", 3)
            if name and name not in components.setdefault(kind, {}):
                components[kind][name] = whole["components"][kind][name]
                open_values.append(components[kind][name])
        if isinstance(value, (dict, list)):
            open_values += value.values() if isinstance(value, dict) else value
    kept = {name: whole[name] for name in ("openapi", "info", "servers")}
    return {**kept, "paths": paths, "components": components}


@pytest.fixture(scope="module")
def session(tools: CiTools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A session with a server that takes and answers what the description says."""
    folder = tmp_path_factory.mktemp("api")
    tools.install(_TOOLS, folder)
    modules = folder / "node_modules"
    whole = modules / "@octokit" / "openapi" / "generated" / "api.github.com.json"
    described = folder / "pruned.json"
    described.write_text(json.dumps(_pruned(json.loads(whole.read_text()))))
    port = free_port()
    prism = modules / "@stoplight" / "prism-cli" / "dist" / "index.js"
    access = Access(
        make_host(folder), None, budget=RetryBudget(total=1), certificates_folder=folder
    )
    place = ForgePlace(ForgeKind.GITHUB, f"http://127.0.0.1:{port}", "team/shop", "secret")
    made = Session(place, access)
    with tools.serving(prism, "mock", "--port", str(port), described):
        _wait_for(made)
        yield made


def _wait_for(session: Session) -> None:
    for _ in range(200):
        try:
            GitHub(session).permission("ann")
        except ForgeError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the server did not begin to answer")


def test_all_that_is_asked_about_a_comment_is_answered(session: Session) -> None:
    github = GitHub(session)
    assert github.permission("ann") == "admin"
    pull = github.pull_request(12)
    assert (pull.is_open, len(pull.head), pull.base) == (True, 40, "master")
    assert github.first_seen(pull)
    assert github.find_reply(12, "<!-- none") is None
    github.write_reply(12, "text")
    github.change_reply(12, 1, "text")
    assert github.cancel_runs("train.yml", "nothing has this title", "1") == 0
    assert github.cancel_runs("train.yml", "Update README.md", "1") == 1
    newest, oldest = github.kept_files("asked-a")
    assert newest.made >= oldest.made
    assert newest.branch == "main"


def test_a_page_of_a_release_is_written_as_described(session: Session) -> None:
    there = find_page(session, "v1.0.0")
    assert there
    assert there.tag == "v1.0.0"
    assert write_page(session, ReleasePage("v1.0.0", "title", "notes")).url == there.url


def test_a_new_repo_is_set_up_as_described(session: Session) -> None:
    setup = GitHubSetup(session)
    found = setup.find()
    assert found
    assert found.clone.endswith(".git")
    setup.is_organization()
    assert setup.create("private").clone == found.clone
    assert setup.team_rights()
    setup.grant("developers", "push")
    setup.rulesets()
    setup.protect("gate", 1)
    setup.environments()
    setup.make_environment("staging")
    assert setup.default_branch()
    assert setup.find_pull("branch")
    assert setup.find_pull("branch", "open")
    assert setup.open_pull("branch", "main", "title", "text")


def test_what_the_description_does_not_have_is_refused(session: Session) -> None:
    with pytest.raises(ForgeError):
        session.get("/repos/team/shop/nothing")
    with pytest.raises(ForgeError, match="refused with status 422"):
        session.send("POST", "/repos/team/shop/issues/12/comments", {"text": "no body"})
