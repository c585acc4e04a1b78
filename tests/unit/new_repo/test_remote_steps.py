"""A new repo on GitHub: a server that answers as told, and a bare repo on disk that it names."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from helpers.forge.github_setup import GitHubSetup
from helpers.forge.place import ForgeKind, ForgePlace
from helpers.forge.session import Session
from helpers.model.errors import HelpersError
from helpers.model.new_repo import Answers, PlanStep, derive_names
from helpers.model.settings.repo_defaults import RepoDefaults
from helpers.new_repo.remote_steps import BRANCH, check_not_taken, remote_steps
from helpers.new_repo.request import NewRepo
from helpers.new_repo.steps import Left, Step, carry_out
from helpers.registry.access import Access
from helpers.registry.retry_budget import RetryBudget
from tests.builders import GIT_ENVIRONMENT, commit_all, git, make_host, make_repo
from tests.forges import Answer, Asked, FakeForge

_REPO = "/repos/acme/shop"
_TEAM = f"/orgs/acme/teams/devs{_REPO}"
_FORBIDDEN: Answer = (403, {"message": "Resource not accessible by personal access token"})
_ALL = (
    *("remote repo", "push", "team devs", "ruleset", "environment staging"),
    *("branch", "pull request"),
)


class _GitHub(FakeForge):
    """Keeps what it is given, as GitHub does; its one repo is a bare one on disk."""

    def __init__(self, bare: Path) -> None:
        self.made = False
        self.teams: dict[str, str] = {}
        self.rulesets: list[str] = []
        self.environments: list[str] = []
        self.pulls: list[str] = []
        self._content = {"clone_url": str(bare), "html_url": "https://forge/acme/shop"}
        answers: dict[str, Answer | Callable[[Asked], Answer]] = {
            f"GET {_REPO}": lambda _: (200, self._content) if self.made else (404, {}),
            "GET /users/acme": (200, {"type": "Organization"}),
            "POST /orgs/acme/repos": self._make,
            f"GET {_REPO}/teams": lambda _: (
                200,
                [{"slug": slug, "permission": right} for slug, right in self.teams.items()],
            ),
            f"PUT {_TEAM}": self._grant,
            f"GET {_REPO}/rulesets": lambda _: (200, [{"name": one} for one in self.rulesets]),
            f"POST {_REPO}/rulesets": self._protect,
            f"GET {_REPO}/environments": lambda _: (
                200,
                {"environments": [{"name": one} for one in self.environments]},
            ),
            f"PUT {_REPO}/environments/staging": self._environment,
            f"GET {_REPO}/pulls": lambda _: (200, [{"html_url": one} for one in self.pulls]),
            f"POST {_REPO}/pulls": self._pull,
        }
        super().__init__(answers)

    def _make(self, _: Asked) -> Answer:
        self.made = True
        return 201, self._content

    def _grant(self, asked: Asked) -> Answer:
        self.teams["devs"] = asked.content["permission"]
        return 204, b""

    def _protect(self, asked: Asked) -> Answer:
        self.rulesets.append(asked.content["name"])
        return 201, asked.content

    def _environment(self, asked: Asked) -> Answer:
        self.environments.append(asked.path.rpartition("/")[2])
        return 200, {"name": "staging"}

    def _pull(self, _: Asked) -> Answer:
        self.pulls.append("https://forge/acme/shop/pull/1")
        return 201, {"html_url": self.pulls[0]}

    @property
    def written(self) -> list[str]:
        """What was asked for that changes something."""
        return [line for line in self.lines if not line.startswith("GET ")]


@pytest.fixture(autouse=True)
def _committer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GIT_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """The remote's repo, empty."""
    git(tmp_path, "init", "--quiet", "--bare", "remote.git")
    return tmp_path / "remote.git"


@pytest.fixture
def forge(bare: Path) -> Iterator[_GitHub]:
    with _GitHub(bare) as made:
        yield made


@pytest.fixture
def new(tmp_path: Path) -> NewRepo:
    """A repo all of whose local steps are done."""
    root = make_repo(tmp_path / "a folder", {"README.md": "shop\n"}).root
    answers = Answers("shop", "Ann", "uv", "3.13", "library", "acme")
    defaults = RepoDefaults(teams={"devs": "push"}, environments=("staging",), reviews=1)
    return NewRepo(
        root=root,
        answers=answers,
        names=derive_names("shop", {}),
        defaults=defaults,
        url="",
        commit="",
        toolchain=root,
        host=make_host(root),
        today=date(2026, 1, 2),
        listen=lambda _: None,
    )


def _setup(forge: FakeForge, folder: Path) -> GitHubSetup:
    budget = RetryBudget(total=0.5, first=0.005, longest=0.05)
    access = Access(make_host(folder), None, budget=budget, certificates_folder=folder)
    return GitHubSetup(Session(ForgePlace(ForgeKind.GITHUB, forge.url, "acme/shop", "t"), access))


def _steps(new: NewRepo, forge: FakeForge) -> tuple[Step, ...]:
    return remote_steps(new, _setup(forge, new.root))


def _run(new: NewRepo, forge: FakeForge) -> tuple[list[str], tuple[Left, ...]]:
    """The steps that were done, and those that are left."""
    done: list[str] = []

    def tell(step: PlanStep) -> None:
        if step.ended and not step.there:
            done.append(step.name)

    return done, carry_out(_steps(new, forge), tell)


def _branches(bare: Path) -> dict[str, str]:
    lines = git(bare, "for-each-ref", "--format=%(refname:short) %(objectname)").splitlines()
    return dict(line.split(" ") for line in lines)


def test_all_of_it_is_made_once_and_the_same_again_changes_nothing(
    new: NewRepo, forge: _GitHub, bare: Path
) -> None:
    assert _run(new, forge) == (list(_ALL), ())
    (protected,) = (one.content for one in forge.asked if one.line == f"POST {_REPO}/rulesets")
    assert '"context": "gate"' in json.dumps(protected)
    assert '"required_approving_review_count": 1' in json.dumps(protected)
    assert forge.teams == {"devs": "push"}
    before, written = _branches(bare), list(forge.written)
    assert before["main"] == git(new.root, "rev-parse", "main")
    assert git(new.root, "diff", "--name-only", "main", BRANCH) == "CONTRIBUTING.md"
    assert git(new.root, "symbolic-ref", "--short", "HEAD") == "main"
    assert git(new.root, "status", "--porcelain") == ""

    assert _run(new, forge) == ([], ())
    assert (_branches(bare), forge.written) == (before, written)


@pytest.mark.parametrize("cut", range(len(_ALL)))
def test_it_goes_on_after_a_cut(new: NewRepo, forge: _GitHub, cut: int) -> None:
    carry_out(_steps(new, forge)[:cut], lambda _: None)
    done, left = _run(new, forge)
    assert (done, left) == (list(_ALL[cut:]), ())


def test_a_push_that_was_cut_off_is_done_again(new: NewRepo, forge: _GitHub, bare: Path) -> None:
    carry_out(_steps(new, forge)[:1], lambda _: None)
    assert git(new.root, "remote", "get-url", "origin") == str(bare)
    git(new.root, "push", "--quiet", "origin", "main")
    assert _run(new, forge)[0] == list(_ALL[2:])


def test_a_merged_branch_that_is_gone_is_not_made_again(
    new: NewRepo, forge: _GitHub, bare: Path
) -> None:
    _run(new, forge)
    git(bare, "update-ref", "refs/heads/main", git(bare, "rev-parse", BRANCH))
    git(bare, "branch", "--quiet", "-D", BRANCH)
    assert _run(new, forge) == ([], ())
    assert set(_branches(bare)) == {"main"}


def test_what_a_right_is_missing_for_is_left_and_all_else_done(
    new: NewRepo, forge: _GitHub
) -> None:
    answered = forge.answers[f"POST {_REPO}/rulesets"]
    forge.answers[f"POST {_REPO}/rulesets"] = _FORBIDDEN
    forge.answers[f"PUT {_TEAM}"] = (404, {"message": "Not Found"})
    done, left = _run(new, forge)
    assert done == [name for name in _ALL if name not in ("team devs", "ruleset")]
    team, ruleset = left
    assert (team.step.name, team.step.commands) == (
        "team devs",
        ("gh api --method PUT orgs/acme/teams/devs/repos/acme/shop --field permission=push",),
    )
    assert ruleset.step.setting == "Administration: write"
    assert ruleset.error
    assert "Resource not accessible" in ruleset.error.what

    forge.answers[f"POST {_REPO}/rulesets"] = answered
    done, (team,) = _run(new, forge)
    assert (done, team.step.name) == (["ruleset"], "team devs")


def test_where_no_repo_may_be_made_nothing_else_is_tried(new: NewRepo, forge: _GitHub) -> None:
    forge.answers["POST /orgs/acme/repos"] = _FORBIDDEN
    done, left = _run(new, forge)
    assert (done, [one.step.name for one in left]) == ([], list(_ALL))
    assert all(one.step.commands for one in left)
    assert forge.written == ["POST /orgs/acme/repos"]


def test_a_person_has_repos_of_his_own(new: NewRepo, forge: _GitHub) -> None:
    forge.answers["GET /users/acme"] = (200, {"type": "User"})
    forge.answers["POST /user/repos"] = forge.answers["POST /orgs/acme/repos"]
    mine = replace(new, defaults=RepoDefaults())
    carry_out(remote_steps(mine, _setup(forge, new.root))[:1], lambda _: None)
    assert forge.asked[-1].content == {"name": "shop", "private": True}


def _others(bare: Path, folder: Path) -> str:
    """Somebody else's content in the remote's repo."""
    other = make_repo(folder / "other", {"theirs": "1\n"}).root
    git(other, "push", "--quiet", str(bare), "HEAD:refs/heads/main")
    return git(other, "rev-parse", "HEAD")


def test_a_repo_with_other_content_ends_it_and_is_not_touched(
    new: NewRepo, forge: _GitHub, bare: Path, tmp_path: Path
) -> None:
    forge.made = True
    theirs = _others(bare, tmp_path)
    with pytest.raises(HelpersError, match="with other content; nothing of it is changed"):
        check_not_taken(new, _setup(forge, tmp_path))
    with pytest.raises(HelpersError, match="with other content") as caught:
        _run(new, forge)
    assert caught.value.fix.endswith("then the same command again")
    # Nor when the checkout was told to belong to it.
    git(new.root, "remote", "add", "origin", str(bare))
    with pytest.raises(HelpersError, match="with other content"):
        _run(new, forge)
    assert (_branches(bare), forge.written) == ({"main": theirs}, [])


def test_an_empty_repo_of_that_name_is_taken(new: NewRepo, forge: _GitHub, bare: Path) -> None:
    forge.made = True
    check_not_taken(new, _setup(forge, new.root))
    assert _run(new, forge)[0] == list(_ALL)
    assert "POST /orgs/acme/repos" not in forge.written


def test_work_of_others_on_the_remote_is_its_own(
    new: NewRepo, forge: _GitHub, bare: Path, tmp_path: Path
) -> None:
    _run(new, forge)
    git(tmp_path, "clone", "--quiet", str(bare), "clone")
    commit_all(tmp_path / "clone", "theirs")
    git(tmp_path / "clone", "push", "--quiet", "origin", "HEAD:main")
    before = _branches(bare)
    assert _run(new, forge) == ([], ())
    assert _branches(bare) == before


def test_a_checkout_of_another_remote_is_told(new: NewRepo, forge: _GitHub) -> None:
    forge.made = True
    git(new.root, "remote", "add", "origin", "https://forge.test/elsewhere.git")
    with pytest.raises(HelpersError, match="another remote"):
        _run(new, forge)


def test_other_failures_end_it_and_say_how_it_goes_on(new: NewRepo, forge: _GitHub) -> None:
    forge.answers[f"POST {_REPO}/rulesets"] = (422, {"message": "Invalid"})
    with pytest.raises(HelpersError, match=r"ruleset: .*422: Invalid") as caught:
        _run(new, forge)
    assert caught.value.fix.endswith("then the same command again")
