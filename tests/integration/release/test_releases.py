"""Releases to real registries: what is there afterwards, and what is refused."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path

import pytest

from helpers.model import labels
from helpers.system.process import run
from tests import engine
from tests.builders import commit_all
from tests.integration.conftest import StartRegistry
from tests.integration.release.conftest import MakePlace, Place, change, clone_of
from tests.registries import Registry

pytestmark = pytest.mark.slow


@pytest.mark.superslow
def test_a_release_is_tested_and_the_floating_tag_names_its_version(place: Place) -> None:
    dry = place.released("docker_release_dev_image", "--dir", "app", "--dry-run")
    planned = dry.stdout.splitlines()
    done = place.released("docker_release_dev_image", "--dir", "app")
    assert "1 passed" in done.stderr
    # Its builds and tests tell more of themselves; a step that takes long is told again.
    told = [line.partition(": ")[2] for line in done.stderr.splitlines()]
    assert [line for line, _ in groupby(line for line in told if line in planned)] == [
        line for line in planned if not line.startswith(("on ", "from ", "with ", "copy "))
    ]
    assert place.tags() == {"dev-1.0.0", "dev"}
    assert place.digest("dev") == place.digest("dev-1.0.0")
    assert place.digest("dev") in done.stdout
    name = f"{place.registry.address}/team/app"
    assert {f"{name}:dev", f"{name}:dev-1.0.0"} <= place.engine_tags()
    assert not any("releasing" in tag for tag in place.engine_tags())
    # It was made, and is not made again.
    before = place.digest("dev")
    dry = place.released("docker_release_dev_image", "--dir", "app", "--dry-run")
    assert "was released already" in dry.stdout
    again = place.released("docker_release_dev_image", "--dir", "app")
    assert "was released already" in again.stdout
    assert "building" not in again.stderr
    assert place.digest("dev") == before


@pytest.mark.superslow
def test_a_registry_with_a_login_and_a_certificate_takes_releases(
    make_place: MakePlace, start_registry: StartRegistry
) -> None:
    place = make_place(start_registry(tls=True, login=("ann", "s3cr3t-word")))
    place.add_app()
    said = place.released("docker_release_prod_image", "--dir", "app")
    said_later = place.released("docker_rollback_prod_image", "--dir", "app", "--version", "1.0.0")
    place.released("docker_remove_image", "--dir", "app", "--stage", "prod", "--version", "1.0.0")
    pulled = place.released("docker_pull", "--dir", "app", "--stage", "prod")
    assert place.digest("prod") == place.digest("prod-1.0.0") != ""
    for done in (said, said_later, pulled):
        assert "s3cr3t-word" not in done.stdout + done.stderr


def test_without_a_login_it_is_said_how_to_log_in(
    make_place: MakePlace, start_registry: StartRegistry
) -> None:
    place = make_place(start_registry(login=("ann", "s3cr3t-word")))
    place.add_app()
    done = place.invoke(
        "docker_release_dev_image", "--dir", "app",
        env={"DOCKER_CONFIG": str(place.work.repo.root / "none")},
    )  # fmt: skip
    assert done.status == 2
    assert f"i docker_login --registry {place.registry.address}" in done.stderr
    assert "building" not in done.stderr


def test_a_login_is_kept_by_docker_and_its_password_is_read_from_standard_input(
    make_place: MakePlace, start_registry: StartRegistry
) -> None:
    place = make_place(start_registry(login=("ann", "s3cr3t-word")))
    place.add_app()
    (place.settings / "config.json").unlink()
    done = place.work.invoke(
        "docker_login", "--username", "ann",
        env={"DOCKER_CONFIG": str(place.settings)}, stdin="s3cr3t-word",
    )  # fmt: skip
    assert done.status == 0, done.stderr
    assert "s3cr3t-word" not in done.stdout + done.stderr
    assert place.registry.address in json.loads(
        (place.settings / "config.json").read_text()
    )["auths"]  # fmt: skip
    place.released("docker_history", "--dir", "app")


@pytest.mark.superslow
def test_a_tree_that_is_not_clean_is_not_released_unless_forced_and_the_reason_is_kept(
    place: Place,
) -> None:
    change(place, {"app/svc/more.py": "MORE = 1\n"})
    done = place.invoke("docker_release_prod_image", "--dir", "app")
    assert done.status == 2
    assert "the tree is not clean" in done.stderr
    assert "--force" in done.stderr
    assert place.tags() == set()
    place.released("docker_release_dev_image", "--dir", "app", "--force", "the house burns")
    assert place.labels_of("dev")[labels.FORCED] == "the house burns"
    assert "was forced: the house burns" in place.released("docker_history", "--dir", "app").stdout


def test_a_commit_that_is_not_pushed_is_not_released(place: Place) -> None:
    change(place, {"app/svc/more.py": "MORE = 1\n"})
    commit_all(place.work.repo.root)
    done = place.invoke("docker_release_prod_image", "--dir", "app")
    assert done.status == 2
    assert "is not pushed" in done.stderr
    assert place.tags() == set()


@pytest.mark.superslow
def test_what_fails_its_tests_or_is_older_than_the_newest_is_not_released(place: Place) -> None:
    before = place.push("dev-1.0.0", "dev")
    change(place, {"app/tests/test_svc.py": "def test_it():\n    assert False\n"})
    place.bump("app", "1.1.0")
    done = place.invoke("docker_release_dev_image", "--dir", "app")
    assert done.status == 2
    assert "nothing was released: the tests of app ended with: failed" in done.stderr
    log = re.search(r"fix what (\S+/log\.txt) says", done.stderr)
    assert log is not None, done.stderr
    assert "assert" in (place.work.repo.root / log[1]).read_text()
    (place.work.repo.root / "app" / "changelog.txt").write_text(
        "# app-0.9.0\n- 2026-01-31\n- Less\n"
    )
    place.publish()
    done = place.invoke("docker_release_dev_image", "--dir", "app")
    assert done.status == 2
    assert "0.9.0 is older than 1.0.0" in done.stderr
    assert place.tags() == {"dev-1.0.0", "dev"}
    assert place.digest("dev") == before


@pytest.mark.superslow
def test_of_two_who_release_a_version_at_once_one_wins_and_the_other_is_told(
    place: Place, workspace: Path
) -> None:
    # The second has other content under the same version.
    other = clone_of(place, workspace / "other")
    change(other, {"app/svc/more.py": "MORE = 1\n"})
    other.publish()
    with ThreadPoolExecutor() as pool:
        runs = [
            pool.submit(one.invoke, "docker_release_prod_image", "--dir", "app")
            for one in (place, other)
        ]
        done = [run.result() for run in runs]
    statuses = sorted(one.status for one in done)
    assert statuses == [0, 2], [one.stderr[-1500:] for one in done]
    loser = next(one for one in done if one.status == 2)
    assert "is releasing it" in loser.stderr or "is taken" in loser.stderr
    winner = next(one for one in done if one.status == 0)
    assert place.digest("prod") == place.digest("prod-1.0.0")
    assert place.digest("prod") in winner.stdout


@pytest.mark.superslow
def test_a_production_release_has_code_and_statements_and_stays(
    place: Place,
) -> None:
    commit = place.publish()
    place.released("docker_release_prod_image", "--dir", "app")
    name = f"{place.registry.address}/team/app:prod"
    script = (
        "import importlib.util, os, pathlib, shutil, svc;"
        "print(svc.__file__, os.getuid(), importlib.util.find_spec('pytest'),"
        " [n for n in ('git', 'gcc', 'make', 'pip', 'uv', 'less') if shutil.which(n)],"
        " sorted(str(p) for p in pathlib.Path('/app').rglob('*test*')))"
    )
    command = ["docker", "run", "--rm", "--entrypoint", "python", name, "-c", script]
    assert run(command).stdout.strip() == "/app/app/svc/__init__.py 10001 None [] []"
    inspected = engine.image(name)["Config"]
    assert inspected["Entrypoint"] == ["python", "-m", "svc"]
    assert inspected["Healthcheck"]["Test"] == ["CMD", "python", "-c", "import svc"]
    assert inspected["WorkingDir"] == "/app/app"
    _check_statements(place, commit)
    # A version is never overwritten.
    before = place.digest("prod")
    change(place, {"app/svc/more.py": "MORE = 1\n"})
    place.publish()
    done = place.invoke("docker_release_prod_image", "--dir", "app")
    assert done.status == 2
    assert "prod-1.0.0 is taken" in done.stderr
    assert place.digest("prod") == place.digest("prod-1.0.0") == before


def _check_statements(place: Place, commit: str) -> None:
    shown = place.released("docker_verify", "--dir", "app").stdout
    assert commit[:12] in shown
    found = json.loads(place.released("docker_verify", "--dir", "app", "--json").stdout)
    (image,) = found["images"]
    names = {component["name"] for component in image["sbom"]["components"]}
    assert "dpkg" in names
    assert "pytest" not in names
    sources = image["provenance"]["buildDefinition"]["resolvedDependencies"]
    assert {"gitCommit": commit} in [source["digest"] for source in sources]


@pytest.mark.superslow
def test_a_candidate_is_in_the_registry_and_released_nowhere(place: Place) -> None:
    commit = place.publish()
    done = place.released("docker_create_candidate_image", "--dir", "app")
    assert f"prod-root-{commit[:10]}" in done.stdout or "prod-" in done.stdout
    (tag,) = place.tags()
    assert tag.startswith("prod-")
    assert tag.endswith(commit[:10])


@pytest.mark.superslow
def test_what_was_built_earlier_is_pushed_as_a_release_unless_its_tree_was_not_clean(
    place: Place,
) -> None:
    change(place, {"app/svc/more.py": "MORE = 1\n"})
    place.released("docker_build_prod_image", "--dir", "app")
    place.publish()
    done = place.invoke("docker_push_prod_image", "--dir", "app")
    assert done.status == 2
    assert "the image was built from a tree that was not clean" in done.stderr
    assert place.tags() == set()
    assert "i docker_build_prod_image --dir app\n" in done.stderr
    place.released("docker_build_prod_image", "--dir", "app")
    place.released("docker_push_prod_image", "--dir", "app")
    assert place.tags() == {"prod-1.0.0", "prod"}


@pytest.mark.superslow
def test_several_registries_get_the_same_digest_and_layers_that_every_client_reads(
    make_place: MakePlace, registry: Registry, start_registry: StartRegistry
) -> None:
    public = start_registry(login=("ann", "s3cr3t-word"))
    config = f"registries:\n  public: {public.address}/team\n"
    place = make_place(registry, config=config)
    public.docker_settings(place.settings)
    place.add_app()
    both = ("--registry", "default", "--registry", "public")
    # The layers of a local image are packed for this engine alone.
    place.released("docker_build_local_image", "--dir", "app")
    place.released("docker_release_dev_image", "--dir", "app", *both)
    there = place.repository(registry=public).resolve("dev")
    assert there is not None
    assert there.digest == place.digest("dev")
    layers = place.manifest("dev")["layers"]
    assert {layer["mediaType"].rpartition(".")[2] for layer in layers} <= {"gzip", "tar+gzip"}


@pytest.mark.superslow
def test_all_dirs_are_released_and_one_that_fails_stops_no_other(place: Place) -> None:
    place.add_app("bad", **{"tests/test_svc.py": "def test_it():\n    assert False\n"})
    done = place.invoke("docker_release_prod_image", "--all")
    assert done.status == 2
    assert "the tests of bad" in done.stderr
    assert place.tags() == {"prod-1.0.0", "prod"}
    assert place.tags("bad") == set()
