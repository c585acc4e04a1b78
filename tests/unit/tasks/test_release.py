import pytest
from invoke.context import Context

from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.results.results import Suite
from helpers.model.version import Version
from helpers.release.plan import ReleaseOptions
from helpers.tasks import release
from helpers.tasks.command import CommandTask
from helpers.tasks.namespace import namespace
from helpers.tasks.release import Release, RollBack


def _options(name: str) -> dict[str, tuple[object, object]]:
    """The options of a task: the kind of their values, and what is said of them."""
    task = namespace.tasks[name]
    assert isinstance(task, CommandTask)
    return {str(one.name): (one.kind, task.help.get(str(one.name))) for one in task.get_arguments()}


@pytest.mark.parametrize("job", ["release", "push", "rollback"])
@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_a_job_keeps_its_names_for_one_stage_with_all_other_options(job: str, stage: str) -> None:
    every = _options(f"docker_{job}_image")
    own = _options(f"docker_{job}_{stage}_image")
    assert every.pop("stage")
    assert own == every
    assert own["registry"][0] is list
    positional = [
        one.name
        for one in namespace.tasks[f"docker_{job}_{stage}_image"].get_arguments()
        if one.positional
    ]
    assert positional == (["version"] if job == "rollback" else [])


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_a_name_for_one_stage_asks_for_that_stage(
    stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[RollBack] = []
    monkeypatch.setattr(release, "each_dir", lambda _, wanted, *__, **___: asked.append(wanted))
    namespace.tasks[f"docker_rollback_{stage}_image"](Context(), version="1.0.0", all=True)
    (wanted,) = asked
    assert (wanted.stage, wanted.version, wanted.all) == (stage, "1.0.0", True)


@pytest.mark.parametrize(
    ("wanted", "what", "fix"),
    [
        (Release(stage="local"), "on this engine alone", "--stage dev or --stage prod"),
        (Release(stage="prd"), "--stage takes one of", "--stage prod"),
        (Release(stage="dev", test_platforms="al"), "takes own or all", "--test-platforms all"),
    ],
)
def test_what_cannot_be_released_is_refused_before_anything_is_asked_of_the_engine(
    wanted: Release, what: str, fix: str
) -> None:
    with pytest.raises(HelpersError) as caught:
        release._options(wanted, wanted.suite, wanted.test_platforms)
    assert what in caught.value.what
    assert caught.value.fix.startswith(fix)


def test_what_was_typed_is_read_into_types() -> None:
    wanted = Release(stage="prod", version="1.2.0", platform="linux/arm64", force=" why ")
    assert release._options(wanted, "all", "all") == ReleaseOptions(
        Stage.PROD,
        Version.parse("1.2.0"),
        ("linux/arm64",),
        forced="why",
        suite=Suite.ALL,
        test_all_platforms=True,
    )
