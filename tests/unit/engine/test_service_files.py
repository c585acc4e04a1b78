"""What becomes of a services file, and what its services are made from."""

from pathlib import Path
from typing import Any

import pytest

from helpers.engine.service_files import close_networks, for_another_engine, prepare, why_here
from helpers.engine.service_sources import build_contexts, digest_of_sources, image_tags
from helpers.model.errors import HelpersError
from tests.builders import write_files

_HERE = str(Path(__file__).parent)
_FAR = {"a": "git@h.example:x"}
_LABELS = {"org.helpers.run": "r"}


def _prepared(config: dict[str, Any], *, for_run: bool = True) -> Any:
    tags = image_tags(config, build_contexts(config), {})
    prepare(config, "project", _LABELS, tags, for_run=for_run)
    return config


def test_nothing_of_a_run_has_a_name_or_a_port_that_another_run_wants() -> None:
    web = {
        "image": "x",
        "container_name": "the-web",
        "ports": [{"target": 80, "published": "80"}],
        "networks": {"back": None},
    }
    config = _prepared(
        {
            "services": {"web": web},
            "networks": {"back": {"name": "mine"}, "far": {"external": True, "name": "theirs"}},
            "volumes": {"data": {"name": "data"}, "plain": None},
        }
    )
    service = config["services"]["web"]
    assert "container_name" not in service
    assert "ports" not in service
    assert service["networks"]["back"]["aliases"] == ["the-web"]
    assert config["networks"]["back"]["name"] == "project_mine"
    assert config["networks"]["far"]["name"] == "theirs"
    assert [item["name"] for item in config["volumes"].values()] == [
        "project_data",
        "project_plain",
    ]


def test_a_person_reaches_the_ports_that_the_file_publishes() -> None:
    config = _prepared({"services": {"web": {"image": "x", "ports": ["80"]}}}, for_run=False)
    assert config["services"]["web"]["ports"] == ["80"]


def test_another_engine_gives_services_names_of_its_own_and_builds_nothing() -> None:
    web = {"build": {"context": _HERE}, "image": "x"}
    config = _prepared({"services": {"web": web}, "volumes": {"data": {"name": "data"}}})
    sent = for_another_engine(config, "project")
    assert "build" in config["services"]["web"]
    prepare(sent, "there", {"org.helpers.run": "other"}, {}, for_run=True)
    service = sent["services"]["web"]
    assert "build" not in service
    assert service["image"] == config["services"]["web"]["image"]
    assert service["labels"] == {"org.helpers.run": "other"}
    assert sent["volumes"]["data"]["name"] == "there_data"
    assert sent["networks"]["default"]["name"] == "there_default"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({}, ""),
        ({"volumes": {"data": {"external": True}}}, "what is on this engine"),
        ({"networks": {"far": {"external": True}}}, "what is on this engine"),
        ({"secrets": {"token": {"environment": "TOKEN"}}}, ""),
        ({"secrets": {"token": {"file": "/token"}}}, "files of this machine"),
        ({"configs": {"rules": {"file": "/rules"}}}, "files of this machine"),
    ],
)
def test_services_that_use_what_is_here_alone_stay_here(more: dict[str, Any], why: str) -> None:
    found = why_here(_prepared({"services": {"web": {"image": "x"}}, **more}))
    assert why in found
    assert bool(why) == bool(found)


@pytest.mark.parametrize(
    ("service", "why"),
    [
        ({"volumes": [{"type": "bind", "source": "/x", "target": "/x"}]}, "files of this machine"),
        ({"volumes": [{"type": "volume", "source": "data", "target": "/x"}]}, ""),
        ({"build": {"context": "https://git.example/x.git"}}, "built for each run"),
    ],
)
def test_a_service_that_sees_what_is_here_stays_here(service: dict[str, Any], why: str) -> None:
    found = why_here(_prepared({"services": {"web": {"image": "x", **service}}}))
    assert why in found
    assert bool(why) == bool(found)


def _built(folder: Path) -> dict[str, Any]:
    build = {"context": str(folder / "ctx"), "dockerfile": "Dockerfile"}
    service = {
        "build": build,
        "image": "named:1",
        "volumes": [{"type": "bind", "source": str(folder / "seen"), "target": "/x"}],
    }
    return {
        "services": {"web": service},
        "secrets": {"key": {"file": str(folder / "secret.txt")}},
        "configs": {"conf": {"file": str(folder / "conf.ini")}},
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {"ctx/Dockerfile": "FROM x\n", "ctx/a/b.txt": "1", "seen/c": "", "secret.txt": "s",
             "conf.ini": "c", "beside": ""}  # fmt: skip
    write_files(tmp_path, files)
    return tmp_path


def _digest(folder: Path) -> str:
    config = _prepared(_built(folder))
    return digest_of_sources(config, "project", _LABELS, {"A": "1"})


@pytest.mark.parametrize(
    ("path", "counts", "image"),
    [
        ("ctx/a/b.txt", True, True),
        ("ctx/Dockerfile", True, True),
        ("seen/c", True, False),
        ("secret.txt", True, False),
        ("conf.ini", True, False),
        ("beside", False, False),
    ],
)
def test_whatever_services_are_made_from_counts(
    folder: Path, path: str, counts: bool, image: bool
) -> None:
    before, name = _digest(folder), _prepared(_built(folder))["services"]["web"]["image"]
    (folder / path).write_text("changed")
    assert before
    assert (_digest(folder) != before) == counts
    assert (_prepared(_built(folder))["services"]["web"]["image"] != name) == image


@pytest.mark.parametrize(
    "unknown",
    [
        {"services": {"web": {"build": {"context": "https://h.example/x.git"}}}},
        {"services": {"web": {"image": "x"}}, "volumes": {"v": {"external": True}}},
        {"services": {"web": {"image": "x"}}, "volumes": {"v": {"driver_opts": {"device": "/x"}}}},
        {"services": {"web": {"image": "x"}}, "volumes": {"v": {"driver": "far"}}},
        {"services": {"web": {"image": "x"}}, "secrets": {"s": {"external": True}}},
        {"services": {"web": {"image": "x", "volumes": [{"type": "bind", "source": "/none/x"}]}}},
        {
            "services": {
                "web": {"build": {"context": _HERE, "additional_contexts": {"a": "git@h:x"}}}
            }
        },
        {"services": {"web": {"image": "x", "volumes": [{"type": "bind", "source": "/dev/null"}]}}},
    ],
)
def test_what_cannot_be_known_is_not_reused(unknown: dict[str, Any]) -> None:
    config = _prepared(unknown)
    assert digest_of_sources(config, "project", _LABELS, {}) == ""


def test_the_names_of_one_set_of_services_do_not_count(folder: Path) -> None:
    first, second = _built(folder), _built(folder)
    for config, name in ((first, "one-run"), (second, "two-run")):
        tags = image_tags(config, build_contexts(config), {})
        prepare(config, name, {"org.helpers.run": name}, tags, for_run=True)
    assert digest_of_sources(first, "one-run", {"org.helpers.run": ""}, {}) == digest_of_sources(
        second, "two-run", {"org.helpers.run": ""}, {}
    )


def test_a_link_is_followed_where_it_is_what_a_service_is_given(folder: Path) -> None:
    (folder / "secret.txt").unlink()
    (folder / "secret.txt").symlink_to("beside")
    before = _digest(folder)
    (folder / "beside").write_text("changed")
    assert before
    assert _digest(folder) != before


def test_an_image_changes_with_an_empty_folder_in_its_context(folder: Path) -> None:
    name = _prepared(_built(folder))["services"]["web"]["image"]
    (folder / "ctx/empty").mkdir()
    assert _prepared(_built(folder))["services"]["web"]["image"] != name


def test_what_an_image_does_not_get_may_be_said_beside_its_dockerfile(folder: Path) -> None:
    config = _built(folder)
    config["services"]["web"]["build"]["dockerfile"] = "../beside"
    before = build_contexts(config)["web"]
    (folder / "beside.dockerignore").write_text("a")
    assert str(folder / "ctx/../beside.dockerignore") in build_contexts(config)["web"]
    assert len(build_contexts(config)["web"]) == len(before) + 1


def test_services_without_a_way_out_have_internal_networks_alone() -> None:
    config = _prepared({"services": {"db": {"image": "x"}}, "networks": {"back": None}})
    close_networks(config, Path("compose.yaml"))
    assert [item["internal"] for item in config["networks"].values()] == [True, True]


@pytest.mark.parametrize(
    "config",
    [
        {"services": {"db": {"image": "x"}}, "networks": {"far": {"external": True}}},
        {"services": {"db": {"image": "x", "network_mode": "host"}}},
    ],
)
def test_networks_that_are_not_the_services_own_cannot_be_closed(config: dict[str, Any]) -> None:
    with pytest.raises(HelpersError, match="--offline cannot close"):
        close_networks(_prepared(config), Path("compose.yaml"))
