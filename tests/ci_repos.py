"""What decides about pipelines, of repos of every kind: what is written for them is looked at."""

from dataclasses import replace

from helpers.ci.own_steps import OwnSteps
from helpers.ci.pipelines import CiDir, CiRepo
from helpers.ci.plan import DirNeeds
from helpers.model.pipeline import Step
from helpers.model.settings.ci_config import CiConfig, Layout
from helpers.model.settings.deploy_config import Deployment, Login
from helpers.model.settings.publish_config import Publication

_DIRS = (
    CiDir("apps/a", "apps/a", DirNeeds("apps-a", environment="staging"), ("apps/a", "shared/x")),
    CiDir("apps/it's [odd]", "apps/it's [odd]", DirNeeds("odd-123456"), ("apps/it's [odd]",)),
)
_CENTRAL = f"acme/ci/.github/workflows/dir.yml@{'b' * 40}"
PER_DIR = CiConfig(layout=Layout.PER_DIR)
PUBLISHED = (
    Publication("team", "main", "release"),
    Publication("old.index", "main", "release", mode="pin", secret="OLD_PASSWORD", username="ci"),
)
DEPLOYED = (
    Deployment("integration", "develop", "tests/integration"),
    Deployment("staging", "main"),
    Deployment("production", "main", leads_on=False),
)
LOGINS = (
    Login("team", "robot$ci", "REGISTRY_PASSWORD"),
    Login("ghcr", "ci", "GITHUB_TOKEN"),
    Login("packages", "ci", "INDEX_PASSWORD", is_index=True),
)
IMAGE = "registry.example.org/team/ci@sha256:" + "a" * 64
REPOS = {
    "one": CiRepo(CiConfig(), "helpers_root", ("helpers_root",), lints=True, trains=True),
    "itself": CiRepo(CiConfig(runners={"default": ("self-hosted", "linux")}), ".", ("helpers/",)),
    "own": CiRepo(
        CiConfig(triggers={"schedule": [{"cron": "0 4 * * *"}]}),
        "helpers_root",
        own={"dir": OwnSteps((Step(own={"run": "make"}),), (Step(own={"run": "make after"}),))},
    ),
    "image": CiRepo(
        CiConfig(base_image=IMAGE, publish=PUBLISHED[:1]),
        "helpers_root",
        lints=True,
        trains=True,
        own={
            "dir": OwnSteps(
                (Step(own={"run": "make", "working-directory": "apps/a"}),),
                (Step(own={"run": "make after", "shell": "bash"}),),
            )
        },
    ),
    "central": CiRepo(CiConfig(workflows=_CENTRAL), "helpers_root"),
    "per dir": CiRepo(PER_DIR, "helpers_root", ("helpers_root",), dirs=_DIRS),
    "not required": CiRepo(
        replace(PER_DIR, required=False), "helpers_root", ("helpers_root",), dirs=_DIRS
    ),
    "publishing": CiRepo(
        CiConfig(publish=PUBLISHED),
        "helpers_root",
        own={"publish": OwnSteps((Step(own={"run": "make login"}),))},
    ),
    "publishing per dir": CiRepo(
        replace(PER_DIR, branches=("develop", "main"), publish=PUBLISHED, workflows=_CENTRAL),
        "helpers_root",
        ("helpers_root",),
        dirs=_DIRS,
    ),
    "deploying": CiRepo(
        CiConfig(branches=("develop", "main"), deploy=DEPLOYED, logins=LOGINS),
        "helpers_root",
        releases=True,
        uploads=True,
        own={"deploy": OwnSteps((), (Step(own={"run": "make rollout", "env": {"A": "b"}}),))},
    ),
    # A repo with one branch: what is merged runs in staging, and what is approved in production.
    "deploying main": CiRepo(
        replace(PER_DIR, deploy=(Deployment("staging", "main"), replace(DEPLOYED[2]))),
        "helpers_root",
        ("helpers_root",),
        dirs=_DIRS,
        releases=True,
        uploads=True,
    ),
    "deploying in an image": CiRepo(
        CiConfig(
            branches=("develop", "main"), base_image=IMAGE, deploy=DEPLOYED, logins=LOGINS[:1]
        ),
        "helpers_root",
    ),
}
