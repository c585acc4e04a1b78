"""The list of what is inside a wheel besides its project: CycloneDX 1.6, as PEP 770 places it."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from helpers.model.packages.cyclonedx import Json, bill_of_materials, licences
from helpers.model.packages.installed import python_name, python_purl
from helpers.wheels.archive import ENTRY_POINTS
from helpers.wheels.part import Part, Stamp


def bill_of(parts: Sequence[Part], stamp: Stamp) -> bytes:
    """What is in the wheel besides the project: CycloneDX 1.6, without chance or clock."""
    project, *inside = [_component(part) for part in parts]
    project["type"] = "application" if parts[0].wheel.metadata(ENTRY_POINTS) else "library"
    made = datetime.fromtimestamp(stamp.seconds, UTC)
    timestamp = f"{made:%Y-%m-%dT%H:%M:%SZ}"
    edges = list(_edges(parts))
    return _written(
        bill_of_materials(project, inside, edges, seed=stamp.inputs, timestamp=timestamp)
    )


def renumbered_bill(content: bytes, versions: Mapping[str, str]) -> bytes:
    """A bill in which packages have other versions.

    Args:
        versions: the new ones, by name of a package.
    """
    bill: Json = json.loads(content)
    refs = {}
    for one in (bill["metadata"]["component"], *bill["components"]):
        if one["name"] in versions:
            purl = python_purl(one["name"], versions[one["name"]])
            refs[one["bom-ref"]] = purl
            one |= {"version": versions[one["name"]], "bom-ref": purl, "purl": purl}
    for edge in bill["dependencies"]:
        edge["ref"] = refs.get(edge["ref"], edge["ref"])
        edge["dependsOn"] = sorted(refs.get(one, one) for one in edge["dependsOn"])
    return _written(bill)


def _written(bill: Json) -> bytes:
    return f"{json.dumps(bill, indent=1, sort_keys=True)}\n".encode()


def _component(part: Part) -> Json:
    wheel, raw = part.wheel, part.raw
    purl = python_purl(wheel.name, wheel.version)
    found: Json = {
        "type": "library",
        "bom-ref": purl,
        "name": wheel.name,
        "version": wheel.version,
        "purl": purl,
        "properties": [{"name": "helpers:place", "value": part.place}],
    }
    expression = raw.get("license_expression") or ""
    name = (raw.get("license") or "").partition("\n")[0]
    if named := licences(expression or name, is_expression=bool(expression)):
        found["licenses"] = named
    return found


def _edges(parts: Sequence[Part]) -> Iterator[Json]:
    refs = {one.wheel.name: python_purl(one.wheel.name, one.wheel.version) for one in parts}
    for part in parts:
        names: Iterable[str] = {python_name(one.name) for one in part.requires}
        on = sorted(refs[name] for name in names if name in refs and name != part.wheel.name)
        yield {"ref": refs[part.wheel.name], "dependsOn": on}
