"""A base image for builders on other machines, which see neither this engine nor its images."""

import json
import tarfile
from pathlib import Path

from helpers.images.base.recipe import BASE_NAME
from helpers.system.process import run


def base_context(base: str, folder: Path) -> dict[str, str]:
    """The named build context that replaces a base image which no registry has.

    The image is written to `folder` as a layout of OCI, which buildx sends to the builder.

    Raises:
        ProcessError: the engine does not give it.
    """
    if not base.startswith(f"{BASE_NAME}:"):
        return {}
    archive, layout = folder / "base.tar", folder / "base"
    run(["docker", "save", "--output", archive, base])
    with tarfile.open(archive) as tar:
        # Bookworm's Python 3.11.2 has no filters yet.
        tar.extraction_filter = getattr(tarfile, "data_filter", None)
        tar.extractall(layout)  # noqa: S202 (what our own engine saved)
    archive.unlink()
    index = json.loads((layout / "index.json").read_text(encoding="utf-8"))
    digest = index["manifests"][0]["digest"]
    return {base: f"oci-layout://{layout}@{digest}"}
