from helpers.images.building.conda_environment import add_to_stage
from helpers.system.locate import TOOLCHAIN_ROOT

_DOCKERFILE = "FROM a AS prod\nUSER 1\n\n# Next.\nFROM b AS dev\nCMD x\n"


def test_lines_end_a_stage() -> None:
    assert add_to_stage(_DOCKERFILE, "dev", "ENV A=1\n") == f"{_DOCKERFILE}ENV A=1\n"
    added = add_to_stage(_DOCKERFILE, "prod", "ENV A=1\n")
    assert added.index("USER 1") < added.index("ENV A=1") < added.index("FROM b")


def test_the_shared_dockerfile_has_those_stages() -> None:
    text = (TOOLCHAIN_ROOT / "devops" / "Dockerfile").read_text()
    for stage in ("prod", "dev"):
        assert "ENV A=1" in add_to_stage(text, stage, "ENV A=1\n")
