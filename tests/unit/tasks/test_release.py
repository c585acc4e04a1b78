import pytest

from helpers.tasks.command import CommandTask
from helpers.tasks.namespace import namespace


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
def test_a_name_for_one_stage_calls_the_job_with_it(
    stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = namespace.tasks["docker_rollback_image"]
    asked: list[dict[str, object]] = []
    monkeypatch.setattr(job, "body", lambda _, **options: asked.append(options))
    namespace.tasks[f"docker_rollback_{stage}_image"].body(None, version="1.0.0", all=True)
    assert asked == [{"stage": stage, "version": "1.0.0", "all": True}]
