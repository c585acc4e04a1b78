"""How two images differ."""

from helpers.model.dataclass import dataclass
from helpers.model.image_files import FilesDiff
from helpers.model.packages import PackageChange


@dataclass(frozen=True, slots=True)
class ImageDiff:
    """Two images by their names, and what differs from the first to the second."""

    before: str
    after: str
    packages: tuple[PackageChange, ...]
    files: FilesDiff
