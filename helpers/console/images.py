"""Images, releases and what is attached to them, as tables."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from helpers.console.sizes import readable_size
from helpers.console.tables import print_table
from helpers.model.descriptor import short_digest
from helpers.model.images.published import (
    HalfMoved,
    ListedImage,
    PublishedVersion,
    TagMove,
    Verified,
)
from helpers.model.numbers import counted
from helpers.model.times import moment

# The two versions of an image: that of its environment, and that of its code.
_NUMBERS = ("container", "release")


def print_images(images: Sequence[ListedImage]) -> None:
    """A row for each image; `*` is what a floating tag names, in all its places or in some."""
    if not images:
        print("no images")
        return
    print_table(
        ("dir", "tag", "where", "current", *_NUMBERS, "size", "architectures", "made"),
        [
            (
                one.dir,
                ", ".join(sorted(one.tags)),
                ", ".join(one.places),
                "*" if set(one.current) == set(one.places) else ", ".join(one.current),
                one.version,
                one.release,
                readable_size(one.size, exact=True),
                ", ".join(sorted(one.platforms)),
                moment(one.created),
            )
            for one in images
        ],
    )


def print_half_moved(found: Iterable[HalfMoved]) -> None:
    """Two lines for each floating tag that was not moved although it was to be."""
    for one in found:
        names = f"names {one.names}" if one.names else "names nothing"
        print(
            f"half moved: {one.tag} {names}, {one.wanted} was to follow: it did not end, or goes on"
        )
        print(f"  finish it: {one.fix}")


def print_rollbacks(moves: Iterable[tuple[str, TagMove]]) -> None:
    """A row for each rollback, newest first."""
    rows = [
        (image, str(one.stage), moment(one.when), one.owner, short_digest(one.before), one.after)
        for image, one in moves
    ]
    if rows:
        print()
        print_table(("image", "stage", "rolled back", "by", "from", "to"), rows)


def print_history(versions: Sequence[tuple[str, PublishedVersion]]) -> None:
    """A row for each release, newest first; `*` is what the floating tag names."""
    if not versions:
        print("nothing was released")
        return
    print_table(
        (
            *("image", "tag", "current", *_NUMBERS, "released", "by", "commit", "architectures"),
            "digest",
        ),
        [
            (
                image,
                one.tag,
                "*" if one.current else "",
                str(one.version),
                one.release,
                moment(one.released),
                one.owner,
                one.commit[:12],
                ", ".join(platform.partition("/")[2] for platform in one.platforms),
                short_digest(one.digest),
            )
            for image, one in versions
        ],
    )
    for image, one in versions:
        if one.forced:
            print(f"{image}:{one.tag} was forced: {one.forced}")


def print_verified(
    reference: str, digest: str, found: Iterable[Verified], *, as_json: bool
) -> None:
    """Print the attestations of a release; as JSON in full."""
    if as_json:
        images = [asdict(one) for one in found]
        print(json.dumps({"reference": reference, "digest": digest, "images": images}, indent=1))
        return
    print(f"{reference} is {digest}")
    for one in found:
        print(f"manifest of {one.platform}: {one.digest}")
        for line in (*_provenance_lines(one), _sbom_line(one)):
            print(f"  {line}")


def _provenance_lines(one: Verified) -> list[str]:
    definition = one.provenance.get("buildDefinition", {})
    details = one.provenance.get("runDetails", {})
    if not definition:
        return ["it has no provenance"]
    lines = [f"made from {source['uri']} {_digest(source)}".rstrip()
             for source in definition.get("resolvedDependencies", ())]  # fmt: skip
    metadata = details.get("metadata", {})
    by, when = details.get("builder", {}).get("id", ""), moment(metadata.get("finishedOn", ""))
    return [*lines, f"released by {by}, {when}"]


def _digest(source: dict[str, dict[str, str]]) -> str:
    return next((value[:12] for value in source.get("digest", {}).values() if value), "")


def _sbom_line(one: Verified) -> str:
    components = one.sbom.get("components", ())
    kinds = {"deb": 0, "pypi": 0}
    for component in components:
        kind = component.get("purl", "").removeprefix("pkg:").partition("/")[0]
        if kind in kinds:
            kinds[kind] += 1
    if not components:
        return "it has no list of packages"
    return f"holds {counted(kinds['deb'], 'package')} of Debian, {kinds['pypi']} of Python"
