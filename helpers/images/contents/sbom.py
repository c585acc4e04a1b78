"""A software bill of materials of an image: CycloneDX 1.6, the same for the same image."""

from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import quote

from helpers.images.resolve import Chosen
from helpers.model.packages.cyclonedx import Json, bill_of_materials, licences
from helpers.model.packages.installed import OperatingSystem, Package, PackageSet


def make_sbom(packages: PackageSet, chosen: Chosen) -> Json:
    """The bill of materials, as JSON values.

    Nothing in it comes from the clock or from chance: the serial number is made from the image's
    digest, and the time is that of the image.
    """
    image = _image(chosen)
    libraries = _libraries(packages.packages)
    system = _system(packages.system)
    components = [*([system] if system else []), *libraries]
    edges = {"ref": image["bom-ref"], "dependsOn": [item["bom-ref"] for item in components]}
    timestamp = _timestamp(chosen.image.created)
    return bill_of_materials(image, components, [edges], seed=chosen.image.id, timestamp=timestamp)


def _image(chosen: Chosen) -> Json:
    name, _, tag = chosen.reference.rpartition(":")
    # A colon before a slash belongs to the registry's port, not to a tag.
    name, tag = (name, tag) if name and "/" not in tag else (chosen.reference, "")
    algorithm, _, digest = chosen.image.id.partition(":")
    short = name.rpartition("/")[2].lower()
    return {
        "type": "container",
        "bom-ref": chosen.image.id,
        "name": name,
        "version": chosen.version or tag or chosen.image.id,
        "purl": f"pkg:oci/{quote(short)}@{quote(chosen.image.id, safe=':')}"
        + (f"?tag={quote(tag)}" if tag else ""),
        **({"hashes": [{"alg": "SHA-256", "content": digest}]} if algorithm == "sha256" else {}),
        "properties": [
            {"name": key, "value": value} for key, value in sorted(chosen.image.labels.items())
        ],
    }


def _system(system: OperatingSystem) -> Json | None:
    if not system.id:
        return None
    return {
        "type": "operating-system",
        "bom-ref": f"os:{system.id}@{system.version}",
        "name": system.id,
        "version": system.version or system.codename,
    }


def _libraries(packages: Iterable[Package]) -> list[Json]:
    """One component for each package URL, with every place where it is."""
    by_purl: dict[str, list[Package]] = {}
    for package in packages:
        by_purl.setdefault(package.purl, []).append(package)
    return [_library(purl, by_purl[purl]) for purl in sorted(by_purl)]


def _library(purl: str, copies: list[Package]) -> Json:
    package = copies[0]
    found: Json = {
        "type": "library",
        "bom-ref": purl,
        "name": package.name,
        "version": package.version,
        "purl": purl,
    }
    if named := licences(package.licence, is_expression=package.spdx):
        found["licenses"] = named
    places = sorted({copy.place for copy in copies})
    found["evidence"] = {"occurrences": [{"location": place} for place in places]}
    return found


def _timestamp(created: str) -> str:
    """The time in whole seconds, a form that every reader of RFC 3339 accepts."""
    try:
        return f"{datetime.fromisoformat(created).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    except ValueError:
        return created
