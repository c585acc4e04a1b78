"""The key `ci` of `repo_config.yaml`: what the workflows of a repo are made from."""

from collections.abc import Mapping
from dataclasses import field, replace
from enum import StrEnum
from typing import Any

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.settings.deploy_config import (
    DEPLOY_KEYS,
    LOGIN_KEYS,
    Deployment,
    Login,
    deployments,
    logins,
)
from helpers.model.settings.keys import Key, Kind, Rule, like, of_form
from helpers.model.settings.publish_config import PUBLISH_KEYS, Publication, publications
from helpers.model.settings.training_jobs import TRAINING_KEYS, TrainingJobs, training_jobs

DEFAULT_RUNNER = "default"
LOCAL_WORKFLOWS = "local"
# GitHub makes no more jobs of one matrix.
MOST_JOBS = 256
# They run code of a pull request with the repo's own rights.
_UNSAFE = ("pull_request_target", "workflow_run")
# What the pipeline starts on anyway.
_OURS = ("pull_request", "push", "merge_group", "workflow_call")


class Target(StrEnum):
    """The forge whose workflows are written."""

    GITHUB = "github"
    GITLAB = "gitlab"


class Layout(StrEnum):
    """Whether the dirs share one workflow, or each has one of its own."""

    ONE = "one"
    PER_DIR = "per-dir"


_LABEL = Rule(
    r"[^\s,${}][^\n,${}]*",
    "is no label of a runner",
    "write labels as the forge shows them, such as [self-hosted, research]",
)
CI_KEYS = (
    Key("target", Kind.CHOICE, "The forge; without the key: github.", choices=tuple(Target)),
    Key(
        "layout",
        Kind.CHOICE,
        "`one` workflow for all dirs, or `per-dir`: one for each; without the key: one.",
        choices=tuple(Layout),
    ),
    Key(
        "required",
        Kind.FLAG,
        "With `layout: per-dir`: whether each dir's check may be a required one. Otherwise its"
        " workflow starts only where its inputs change.",
    ),
    Key(
        "runners",
        Kind.LISTS,
        "By need, the labels of the runners that have it; `default` is for all other jobs.",
        rule=_LABEL,
    ),
    Key(
        "base_image",
        Kind.TEXT,
        "The image in which jobs run, with its digest, which `i ci_sync --update` writes and"
        " raises; without the key they run on the runner itself.",
        rule=of_form(
            "base_image",
            r"(?:[A-Za-z0-9.-]+(?::[0-9]+)?/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*"
            r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?",
            "<registry>/<image>[:<tag>][@sha256:<64 digits>], such as registry.example.org/team/ci",
        ),
    ),
    Key("max_jobs", Kind.COUNT, "The most jobs that test dirs; beyond that, dirs share them."),
    Key(
        "branches",
        Kind.TEXTS,
        "Branches whose pushes are tested; the passes of the first are reused. Default: main.",
        rule=like(
            "branches",
            r"[A-Za-z0-9][A-Za-z0-9._/-]*",
            "is no name of a branch",
            "[develop, master]",
        ),
    ),
    Key("triggers", Kind.ANY, "More events that start the pipeline, as the forge writes them."),
    Key(
        "workflows",
        Kind.TEXT,
        "`local`, or the workflow of a central repo that tests dirs.",
        rule=of_form(
            "workflows",
            r"local|[\w.-]+/[\w.-]+/\.github/workflows/[\w.-]+\.ya?ml@[0-9a-f]{40}",
            "local, or <owner>/<repo>/.github/workflows/dir.yml@<40 digits of a commit>",
        ),
    ),
    Key(
        "environments",
        Kind.TEXTS,
        "Environments of the forge that a dir's `environment` may name.",
        rule=like(
            "environments",
            r"[A-Za-z0-9][A-Za-z0-9 ._/-]*",
            "is no name of an environment",
            "[staging, production]",
        ),
    ),
    Key(
        "publish",
        Kind.TABLES,
        "By index of `indexes`, how its wheels are published after a push that passed the gate;"
        " without the key nothing is.",
        keys=PUBLISH_KEYS,
    ),
    Key(
        "deploy",
        Kind.TABLES,
        "By environment of the repo's `environments`, from the first one on, which pushes that"
        " passed the gate are released and promoted to it; without the key none is.",
        keys=DEPLOY_KEYS,
    ),
    Key(
        "logins",
        Kind.TABLES,
        "By registry or index, who logs in to it in the jobs that deploy.",
        keys=LOGIN_KEYS,
    ),
    Key(
        "training",
        Kind.TABLE,
        "Models are trained where a comment asks for it, at GitLab a pipeline; `{}` is enough."
        " Without the key they are not.",
        keys=TRAINING_KEYS,
    ),
)


@dataclass(frozen=True, slots=True)
class CiConfig:
    """What a repo says of its CI: each attribute is what the key of its name in `CI_KEYS` says.

    Attributes:
        triggers: a mapping for GitHub, a list of rules for GitLab; None: no more.
        training: None: no comment is answered.
    """

    target: Target = Target.GITHUB
    layout: Layout = Layout.ONE
    required: bool = True
    runners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    base_image: str = ""
    max_jobs: int = 20
    branches: tuple[str, ...] = ("main",)
    triggers: Any = None
    workflows: str = LOCAL_WORKFLOWS
    environments: tuple[str, ...] = ()
    publish: tuple[Publication, ...] = ()
    deploy: tuple[Deployment, ...] = ()
    logins: tuple[Login, ...] = ()
    training: TrainingJobs | None = None


def ci_config(values: Mapping[str, Any], where: str) -> CiConfig:
    """The settings as typed values.

    Args:
        values: what was read of the key.
        where: the file and the line, for messages alone.

    Raises:
        HelpersError: values do not go together.
    """
    found = dict(values)
    if "target" in found:
        found["target"] = Target(found["target"])
    if "layout" in found:
        found["layout"] = Layout(found["layout"])
    if "training" in found:
        found["training"] = training_jobs(found["training"])
    published, deployed = found.pop("publish", {}), found.pop("deploy", {})
    found["logins"] = logins(found.get("logins", {}))
    made = CiConfig(**found)
    for name, labels in made.runners.items():
        if not labels:
            raise HelpersError(
                f"key 'runners': {name!r} has no label: without a runner there is no job",
                where=where,
                fix=f"give it the labels of runners: runners: {{{name}: [self-hosted]}}",
            )
    if not made.branches:
        raise HelpersError(
            "key 'branches': the list is empty, so nothing would be tested after a merge",
            where=where,
            fix="write branches: [main], or leave the key out",
        )
    if made.max_jobs > MOST_JOBS:
        raise HelpersError(
            f"key 'max_jobs': {made.max_jobs} is above {MOST_JOBS}, the most that GitHub takes",
            where=where,
            fix=f"write max_jobs: {MOST_JOBS}, or less",
        )
    if "required" in found and made.layout is Layout.ONE:
        raise HelpersError(
            "key 'required': it is about the workflows of 'layout: per-dir'",
            where=where,
            fix="add layout: per-dir, or remove 'required'",
        )
    made = replace(
        made,
        publish=publications(published, made.branches, made.environments, where),
        deploy=deployments(deployed, made.branches, where),
    )
    check_ci(made, where)
    return made


def check_ci(config: CiConfig, where: str) -> None:
    """Make sure that the settings go together with the forge, and that their events are safe.

    Raises:
        HelpersError: they do not.
    """
    _check_layout(config, where)
    given = config.triggers
    if given is None:
        return
    if config.target is Target.GITLAB:
        if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
            raise HelpersError(
                "key 'triggers': expected a list of GitLab's rules",
                where=where,
                fix="write for instance triggers: [{if: '$CI_PIPELINE_SOURCE == \"schedule\"'}]",
            )
        return
    if not isinstance(given, dict) or not all(isinstance(name, str) for name in given):
        raise HelpersError(
            "key 'triggers': expected events by their names, as below GitHub's `on`",
            where=where,
            fix="write for instance triggers: {workflow_dispatch: {}}",
        )
    for name in given:
        if name in _UNSAFE:
            raise HelpersError(
                f"key 'triggers': {name} runs the code of a pull request with the repo's rights",
                where=where,
                fix=f"remove {name}: pull_request is there anyway",
            )
        if name in _OURS:
            raise HelpersError(
                f"key 'triggers': {name} is there anyway",
                where=where,
                fix=f"remove {name}; the branches whose pushes are tested stand in 'branches'",
            )


def _check_layout(made: CiConfig, where: str) -> None:
    if made.layout is Layout.PER_DIR and made.target is Target.GITLAB:
        raise HelpersError(
            "key 'layout': GitLab has one pipeline for a repo, which has a job for each dir anyway",
            where=where,
            fix="remove 'layout'",
        )
    if made.workflows != LOCAL_WORKFLOWS and made.target is Target.GITLAB:
        raise HelpersError(
            "key 'workflows': GitLab knows no workflows of GitHub's",
            where=where,
            fix="remove 'workflows'",
        )
    if made.deploy and made.target is Target.GITLAB:
        raise HelpersError(
            "key 'deploy': its jobs push tags, for which GitLab's jobs have no right by themselves",
            where=where,
            fix="remove 'deploy' and 'logins', and write such a job beside the pipeline, with a"
            " token that may: docs/ci.md of the toolchain shows one",
        )
