import json
from dataclasses import replace

from helpers.engine.containers import Image
from helpers.images.contents.sbom import make_sbom
from helpers.images.resolve import Chosen
from helpers.model.images.name import Stage
from helpers.model.packages.installed import OperatingSystem, Package, PackageKind, PackageSet
from tests.sboms import sbom_problem

IMAGE = Image(
    "sha256:" + "ab" * 32,
    ("host:5000/team/app:dev-1.2.0",),
    {"org.helpers.dir": "apps/app", "a": "b"},
    "2026-01-02T03:04:05.123456789Z",
    1000,
)
CHOSEN = Chosen(IMAGE, "host:5000/team/app:dev-1.2.0", Stage.DEV, "1.2.0")
PACKAGES = PackageSet(
    (
        Package(PackageKind.DEB, "bash", "5", "amd64", purl="pkg:deb/debian/bash@5", place="/s"),
        Package(PackageKind.PYTHON, "foo", "1", "", "MIT", True, "pkg:pypi/foo@1", "/a"),
        Package(PackageKind.PYTHON, "foo", "1", "", "MIT", True, "pkg:pypi/foo@1", "/b"),
        Package(PackageKind.PYTHON, "bar", "1", "", "BSD, or so", False, "pkg:pypi/bar@1", "/a"),
    ),
    OperatingSystem("debian", "13", "trixie"),
)


def problem(sbom: object) -> object:
    return sbom_problem(json.dumps(sbom))


def test_it_follows_the_schema_of_cyclonedx() -> None:
    assert problem(make_sbom(PACKAGES, CHOSEN)) is None
    assert problem(make_sbom(PackageSet(()), replace(CHOSEN, reference="app", version=""))) is None


def test_the_validator_sees_a_mistake() -> None:
    sbom = make_sbom(PACKAGES, CHOSEN)
    sbom["metadata"]["timestamp"] = "yesterday"
    assert problem(sbom)


def test_it_is_the_same_for_the_same_image_and_another_for_another() -> None:
    first = make_sbom(PACKAGES, CHOSEN)
    assert first == make_sbom(PACKAGES, CHOSEN)
    other = make_sbom(PACKAGES, replace(CHOSEN, image=replace(IMAGE, id="sha256:" + "cd" * 32)))
    assert first["serialNumber"] != other["serialNumber"]


def test_it_tells_of_the_image() -> None:
    metadata = make_sbom(PACKAGES, CHOSEN)["metadata"]
    assert metadata["timestamp"] == "2026-01-02T03:04:05Z"
    image = metadata["component"]
    assert (image["name"], image["version"]) == ("host:5000/team/app", "1.2.0")
    assert image["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]
    assert image["purl"] == f"pkg:oci/app@sha256:{'ab' * 32}?tag=dev-1.2.0"
    assert {"name": "org.helpers.dir", "value": "apps/app"} in image["properties"]


def test_a_package_in_two_places_is_one_component_with_both() -> None:
    components = {item["bom-ref"]: item for item in make_sbom(PACKAGES, CHOSEN)["components"]}
    assert list(components) == [
        "os:debian@13",
        "pkg:deb/debian/bash@5",
        "pkg:pypi/bar@1",
        "pkg:pypi/foo@1",
    ]
    foo = components["pkg:pypi/foo@1"]
    assert foo["evidence"]["occurrences"] == [{"location": "/a"}, {"location": "/b"}]
    assert foo["licenses"] == [{"expression": "MIT"}]
    assert components["pkg:pypi/bar@1"]["licenses"] == [{"license": {"name": "BSD, or so"}}]


def test_the_image_depends_on_all_that_is_in_it() -> None:
    sbom = make_sbom(PACKAGES, CHOSEN)
    (all_of_it,) = sbom["dependencies"]
    assert all_of_it["ref"] == sbom["metadata"]["component"]["bom-ref"]
    assert all_of_it["dependsOn"] == [item["bom-ref"] for item in sbom["components"]]


def test_a_port_of_a_registry_is_no_tag() -> None:
    sbom = make_sbom(PACKAGES, replace(CHOSEN, reference="host:5000/app", version=""))
    image = sbom["metadata"]["component"]
    assert (image["name"], image["version"]) == ("host:5000/app", IMAGE.id)
