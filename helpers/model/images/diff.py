"""How two images differ."""

from helpers.model.dataclass import dataclass
from helpers.model.images.files import FilesDiff
from helpers.model.packages.installed import PackageChange


@dataclass(frozen=True, slots=True)
class ImageDiff:
    """Two images by their names, and what differs from the first to the second."""

    before: str
    after: str
    packages: tuple[PackageChange, ...]
    files: FilesDiff
