"""The key `ci` of repo_config.yaml."""

import re

import pytest

from helpers.model.errors import HelpersError
from helpers.model.settings.ci_config import CiConfig, Layout
from helpers.model.settings.config import parse_dir_config, parse_repo_config
from helpers.model.settings.deploy_config import Deployment, Login
from helpers.model.settings.publish_config import Publication


def _ci(text: str) -> CiConfig:
    return parse_repo_config(f"name: demo\nci: {text}\n", "repo_config.yaml").ci


def test_without_the_key_the_defaults_hold() -> None:
    assert parse_repo_config("name: demo\n", "repo_config.yaml").ci == CiConfig()


def test_its_keys_are_read() -> None:
    found = _ci(
        "{layout: per-dir, required: false, max_jobs: 3, branches: [develop, master],"
        " runners: {default: [self-hosted, research], gpu: [a100]}, environments: [staging],"
        " triggers: {schedule: [{cron: '0 4 * * *'}], workflow_dispatch: }}"
    )
    assert found == CiConfig(
        layout=Layout.PER_DIR,
        required=False,
        max_jobs=3,
        branches=("develop", "master"),
        runners={"default": ("self-hosted", "research"), "gpu": ("a100",)},
        environments=("staging",),
        triggers={"schedule": [{"cron": "0 4 * * *"}], "workflow_dispatch": None},
    )


_INDEXES = """\
indexes:
  team: {publish: https://packages.example.org/, simple: https://packages.example.org/simple/}
  public: {simple: https://public.example.org/simple/}
"""


def _published(text: str) -> CiConfig:
    return parse_repo_config(f"name: demo\nci: {text}\n{_INDEXES}", "repo_config.yaml").ci


def test_what_a_push_publishes_is_read() -> None:
    assert _published("{publish: {team: {}}}").publish == (Publication("team", "main"),)
    found = _published(
        "{branches: [develop, master], environments: [release], publish: {team: {branch: master,"
        " environment: release, mode: pin, locked: true, sdist: true, secret: P, username: ann}}}"
    )
    assert found.publish == (
        Publication("team", "master", "release", "pin", True, True, "P", "ann"),
    )


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("{nobody: {}}", "there is no index 'nobody'; 'indexes' has: team, public"),
        ("{public: {}}", "the index 'public' has no 'publish', so it is read alone"),
        ("{team: {branch: release}}", "pushes of 'release' start nothing; 'branches' has: main"),
        ("{team: {environment: x}}", "the repo has no environment 'x'; it has: none"),
        ("{team: {username: ann}}", "'team' has a username and no secret"),
        ("{team: {secret: '${{ x }}'}}", "is no name of a secret"),
        ("{team: {secret: GITHUB_TOKEN}}", "is no name of a secret"),
        ("{team: {username: 'a b', secret: P}}", "is not of the form"),
        ("{team: {mode: both}}", "key 'mode': expected one of vendor, pin, found 'both'"),
        ("{'a b': {}}", "the index 'a b' has no name that a job can have"),
        ("[team]", "key 'publish': expected names, each with keys of its own"),
        ("{team: }", "key 'publish'"),
    ],
)
def test_what_cannot_be_published_is_refused(text: str, wrong: str) -> None:
    with pytest.raises(HelpersError, match=re.escape(wrong)) as error:
        _published(f"{{publish: {text}}}")
    assert error.value.where.startswith("repo_config.yaml:2")
    assert error.value.fix


def test_of_several_branches_the_one_that_publishes_is_named() -> None:
    with pytest.raises(HelpersError, match="'team' names no branch") as error:
        _published("{branches: [develop, master], publish: {team: {}}}")
    assert error.value.fix == "write publish: {team: {branch: master}}"


def test_a_dir_names_its_runner_and_its_environment() -> None:
    found = parse_dir_config("runner: gpu\nenvironment: staging\n", "config.yaml")
    assert (found.runner, found.environment) == ("gpu", "staging")


_SHA = "b" * 40


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (
            "{target: gitlub}",
            r"key 'target': expected one of github, gitlab, found 'gitlub'",
        ),
        ("{runners: {default: []}}", r"key 'runners': 'default' has no label"),
        ("{runners: {default: x}}", r"key 'runners': expected names, each with a list of texts"),
        ("{runners: [x]}", r"key 'runners': expected names, each with a list"),
        ("{runners: {a: [x], a: [y]}}", r"key 'runners': 'a' occurs twice"),
        ("{runners: {a: ['${{ x }}']}}", r"is no label of a runner"),
        ("{runners: {a: [3]}}", r"the item '3'"),
        ("{base_image: true}", r"key 'base_image': expected a text, found 'true'"),
        ("{base_image: Team/CI}", r"'Team/CI' is not of the form <registry>/<image>"),
        ("{base_image: 'a/ci@sha256:12'}", r"is not of the form <registry>/<image>"),
        ("{base_image: 'a/ci; x'}", r"is not of the form <registry>/<image>"),
        ("{max_jobs: 0}", r"key 'max_jobs': expected a number from 1, found '0'"),
        ("{max_jobs: many}", r"key 'max_jobs': expected a number from 1, found 'many'"),
        ("{max_jobs: 257}", r"257 is above 256"),
        ("{branches: []}", r"key 'branches': the list is empty"),
        ("{branches: ['a b']}", r"is no name of a branch"),
        ("{layout: two}", r"key 'layout': expected one of one, per-dir, found 'two'"),
        ("{required: false}", r"key 'required': it is about the workflows of 'layout: per-dir'"),
        ("{triggers: schedule}", r"key 'triggers': expected a mapping or a list"),
        ("{triggers: [schedule]}", r"key 'triggers': expected events by their names"),
        ("{triggers: {push: }}", r"push is there anyway"),
        ("{triggers: {pull_request_target: }}", r"with the repo's rights"),
        ("{workflows: acme/ci/.github/workflows/dir.yml@main}", r"is not of the form"),
        ("{target: gitlab, layout: per-dir}", r"key 'layout': GitLab has one pipeline"),
        (
            f"{{target: gitlab, workflows: a/b/.github/workflows/d.yml@{_SHA}}}",
            r"key 'workflows': GitLab knows no workflows",
        ),
        ("{target: gitlab, triggers: {schedule: }}", r"expected a list of GitLab's rules"),
        ("{runner: x}", r"unknown key 'runner'"),
        ("github", r"key 'ci': expected a mapping with keys of its own, found 'github'"),
    ],
)
def test_what_it_may_not_be_is_refused(text: str, wrong: str) -> None:
    with pytest.raises(HelpersError, match=wrong) as error:
        _ci(text)
    assert error.value.where.startswith("repo_config.yaml:2")
    assert error.value.fix


_PLACES = "registries: {team: registry.example.org/team}\nenvironments: [a, b, c]\n"


def _deployed(text: str, places: str = _PLACES) -> CiConfig:
    text = f"name: demo\nci: {text}\n{_INDEXES.replace('team', 'packages')}{places}"
    return parse_repo_config(text, "repo_config.yaml").ci


def test_what_a_push_deploys_is_read() -> None:
    found = _deployed("{deploy: {a: {}, b: {tests: checks/b}, c: {}}}")
    assert found.deploy == (
        Deployment("a", "main"),
        Deployment("b", "main", "checks/b"),
        Deployment("c", "main", leads_on=False),
    )
    # An environment has the branch of the one before; those at the end are deployed by hand.
    found = _deployed(
        "{branches: [develop, master], deploy: {a: {branch: develop}, b: {branch: master}},"
        " logins: {team: {username: robot$ci, secret: R}, packages: {username: u, secret: P}}}"
    )
    assert found.deploy == (Deployment("a", "develop"), Deployment("b", "master"))
    assert found.logins == (
        Login("team", "robot$ci", "R"),
        Login("packages", "u", "P", is_index=True),
    )


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("{deploy: {b: {}}}", "found b; 'environments' has: a, b, c"),
        ("{deploy: {a: {}, c: {}}}", "found a, c; 'environments' has: a, b, c"),
        ("{deploy: {x: {}}}", "found x; 'environments' has: a, b, c"),
        ("{deploy: {a: {branch: x}}}", "pushes of 'x' start nothing; 'branches' has: main"),
        ("{branches: [m, n], deploy: {a: {}}}", "'a' names no branch; 'branches' has: m, n"),
        ("{deploy: {a: {tests: ../x}}}", "is not of the form"),
        ("{deploy: {a: {tests: 'x; y'}}}", "is not of the form"),
        (
            "{target: gitlab, deploy: {a: {}}}",
            "for which GitLab's jobs have no right",
        ),
        ("{logins: {team: {username: u, secret: S}}}", "there is no 'deploy'"),
        ("{deploy: {a: {}}, logins: {team: {secret: S}}}", "username"),
        ("{deploy: {a: {}}, logins: {team: {username: u, secret: GITHUB_X}}}", "is no name of a"),
        ("{deploy: {a: {}}, logins: {team: {username: 'a b', secret: S}}}", "is not of the form"),
        (
            "{deploy: {a: {}}, logins: {nobody: {username: u, secret: S}}}",
            "there is no registry and no index 'nobody'; there are: packages, public, team",
        ),
        (
            "{deploy: {a: {}}, logins: {packages: {username: u, secret: S}, public: {username: u,"
            " secret: S}}}",
            "a release logs in to one index, and these are: packages, public",
        ),
    ],
)
def test_what_cannot_be_deployed_is_refused(text: str, wrong: str) -> None:
    with pytest.raises(HelpersError, match=re.escape(wrong)) as error:
        _deployed(text)
    assert error.value.where.startswith("repo_config.yaml:2")
    assert error.value.fix


def test_without_environments_the_line_that_adds_them_is_shown() -> None:
    with pytest.raises(HelpersError, match="'environments' has: none") as error:
        _deployed("{deploy: {staging: {}, production: {}}}", "registry: r.example.org/t\n")
    assert error.value.fix.endswith("environments: [staging, production]")
