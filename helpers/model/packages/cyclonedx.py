"""The frame of a bill of materials: CycloneDX 1.6, without chance or clock.

Specification: https://cyclonedx.org/docs/1.6/json/
"""

import uuid
from typing import Any

Json = dict[str, Any]


def bill_of_materials(
    subject: Json, components: list[Json], dependencies: list[Json], *, seed: str, timestamp: str
) -> Json:
    """A bill of a subject and of the components inside it.

    Args:
        seed: what the serial number is made from, such as a digest: the same, the same number.
        timestamp: when the subject was made (RFC 3339).
    """
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, seed)}",
        "version": 1,
        "metadata": {
            "timestamp": timestamp,
            "tools": {"components": [{"type": "application", "name": "helpers"}]},
            "component": subject,
        },
        "components": components,
        "dependencies": dependencies,
    }


def licences(licence: str, *, is_expression: bool) -> list[Json]:
    """A component's licence: an SPDX expression or a name; none where it is empty."""
    if not licence:
        return []
    return [{"expression": licence} if is_expression else {"license": {"name": licence}}]
