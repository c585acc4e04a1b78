"""What is wrong with a bill of materials."""


def sbom_problem(text: str) -> object:
    """What a text breaks of CycloneDX's schema, version 1.6; None where it breaks nothing."""
    # Imported here: it takes seconds, in each worker that only collects tests as well.
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    return JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
