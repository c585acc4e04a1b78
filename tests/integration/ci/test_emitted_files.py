"""What others say of every file that is written."""

from pathlib import Path

import pytest

from helpers.ci import github, gitlab
from helpers.ci.child import child_pipeline, main_pipeline
from helpers.ci.emitted import with_header
from helpers.ci.pipelines import CiRepo, make_pipelines
from helpers.ci.plan import CiPlan, Part
from helpers.ci.train_gitlab import train_child, with_training
from helpers.ci.train_workflow import PATH, train_workflow
from helpers.model.settings.ci_config import CiConfig, Target
from helpers.model.training_job import TrainingJob
from helpers.system.process import run
from tests.builders import write_files
from tests.ci_repos import PUBLISHED, REPOS
from tests.ci_tools import CiTools

pytestmark = pytest.mark.slow

_ZIZMOR = Path(__file__).with_name("zizmor.yml")


@pytest.fixture(scope="module")
def workflows(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The workflows of repos of every kind, each kind in a repo of its own."""
    folder = tmp_path_factory.mktemp("workflows")
    for name, repo in REPOS.items():
        files = {one.path: with_header(github.emit(one)) for one in make_pipelines(repo)}
        files |= {PATH: with_header(train_workflow(repo))} if repo.trains else {}
        write_files(folder / name, files)
    return sorted(folder.glob("*/.github/workflows/*.yml"))


def test_nothing_is_found_in_workflows(tools: CiTools, workflows: list[Path]) -> None:
    assert len(workflows) == 32
    assert tools.actionlint(*workflows) == []
    schema = ("--builtin-schema", "vendor.github-workflows")
    run([tools.program("check-jsonschema"), *schema, *workflows])
    options = ("--offline", "--persona=pedantic", "--no-progress", "--config", _ZIZMOR)
    done = run([tools.program("zizmor"), *options, *workflows], check=False)
    assert done.status == 0, done.stdout[-5000:]


def test_nothing_is_found_in_pipelines_of_gitlab(tools: CiTools, tmp_path: Path) -> None:
    config = CiConfig(target=Target.GITLAB, runners={"default": ("team",)}, publish=PUBLISHED)
    repo = CiRepo(config, "helpers_root", lints=True)
    parts = (Part("apps-a", "apps/a", ("apps/a",), ("gpu",), "staging"),)
    plans = [CiPlan("b" * 40, "", one, (), ()) for one in (parts, ())]
    texts = [gitlab.emit(main_pipeline(repo))]
    texts += [gitlab.emit(child_pipeline(repo, one, trunk=True)) for one in plans]
    job = TrainingJob(f"net --dir apps/a @{'a' * 40}", "apps-a", "main", number=12, comment=31)
    texts += [with_training(repo), train_child(repo, job, ("gpu",))]
    write_files(tmp_path, {f"{number}.yml": text for number, text in enumerate(texts)})
    schema = ("--builtin-schema", "vendor.gitlab-ci")
    run([tools.program("check-jsonschema"), *schema, *sorted(tmp_path.glob("*.yml"))])
