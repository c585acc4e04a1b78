"""The list of what is inside a wheel besides its project: CycloneDX 1.6, as PEP 770 places it."""

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from helpers.model.packages.installed import python_name, python_purl
from helpers.wheels.archive import ENTRY_POINTS
from helpers.wheels.part import Part, Stamp


def bill_of(parts: Sequence[Part], stamp: Stamp) -> bytes:
    """What is in the wheel besides the project: CycloneDX 1.6, without chance or clock."""
    project, *inside = [_component(part) for part in parts]
    project["type"] = "application" if parts[0].wheel.metadata(ENTRY_POINTS) else "library"
    made = datetime.fromtimestamp(stamp.seconds, UTC)
    bill: dict[str, Any] = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, stamp.inputs)}",
        "version": 1,
        "metadata": {
            "timestamp": f"{made:%Y-%m-%dT%H:%M:%SZ}",
            "tools": {"components": [{"type": "application", "name": "helpers"}]},
            "component": project,
        },
        "components": inside,
        "dependencies": list(_edges(parts)),
    }
    return _written(bill)


def renumbered_bill(content: bytes, versions: Mapping[str, str]) -> bytes:
    """A bill in which packages have other versions.

    Args:
        versions: the new ones, by name of a package.
    """
    bill: dict[str, Any] = json.loads(content)
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


def _written(bill: Mapping[str, Any]) -> bytes:
    return f"{json.dumps(bill, indent=1, sort_keys=True)}\n".encode()


def _component(part: Part) -> dict[str, Any]:
    wheel, raw = part.wheel, part.raw
    purl = python_purl(wheel.name, wheel.version)
    found: dict[str, Any] = {
        "type": "library",
        "bom-ref": purl,
        "name": wheel.name,
        "version": wheel.version,
        "purl": purl,
        "properties": [{"name": "helpers:place", "value": part.place}],
    }
    if raw.get("license_expression"):
        found["licenses"] = [{"expression": raw["license_expression"]}]
    elif raw.get("license"):
        found["licenses"] = [{"license": {"name": raw["license"].splitlines()[0]}}]
    return found


def _edges(parts: Sequence[Part]) -> Iterator[dict[str, Any]]:
    refs = {one.wheel.name: python_purl(one.wheel.name, one.wheel.version) for one in parts}
    for part in parts:
        names: Iterable[str] = {python_name(one.name) for one in part.requires}
        on = sorted(refs[name] for name in names if name in refs and name != part.wheel.name)
        yield {"ref": refs[part.wheel.name], "dependsOn": on}
