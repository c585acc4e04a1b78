"""Check, before a build, that a dir's project runs on the Python of its base image."""

from collections.abc import Sequence

from helpers.lockers.all_lockers import brings_python
from helpers.lockers.required_python import PIN, Required, read_pin, read_required
from helpers.model.errors import HelpersError
from helpers.model.images.base_image import SUITES, image_of_python, python_of
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.model.settings.config import DirConfig
from helpers.system.repo_files import read_dir_config

# What may be named where no release of Debian has a Python that will do, newest first.
_OTHERS = tuple(f"3.{minor}" for minor in range(16, 7, -1))


def base_image_of(repo: Repo, name: str, config: DirConfig) -> str:
    """The base image of a dir: its own, or its repo's."""
    return config.base_image or repo.of(name).config.base_image


def base_images(repo: Repo, dirs: Sequence[RunnableDir]) -> list[str]:
    """The base images that a repo and its dirs name, each once, the repo's first.

    Raises:
        HelpersError: settings are malformed.
    """
    named = [base_image_of(repo, item.name, read_dir_config(item)) for item in dirs]
    return list(dict.fromkeys([repo.config.base_image, *named]))


def check_python(repo: Repo, runnable_dir: RunnableDir, config: DirConfig) -> None:
    """Compare the image's Python with the project's; skip images whose name tells no Python.

    Also a dir whose Python is one of its packages is skipped.

    A pin that stands beside a requirement is not looked at: it says what the author works with. By
    itself it says what the code was written for, which an older Python may not run; a base image
    that the dir's own settings name was chosen knowing that.

    Raises:
        HelpersError: they contradict each other; with the setting to write.
    """
    image = base_image_of(repo, runnable_dir.name, config)
    python = python_of(image)
    if not python or brings_python(runnable_dir.root):
        return
    required = read_required(runnable_dir.root)
    for one in required:
        if not one.allows(python):
            raise _wrong(runnable_dir, image, python, one)
    pin = read_pin(runnable_dir.root)
    if pin and not required and not config.base_image and _minor(pin) > _minor(python):
        oldest = ".".join(map(str, _minor(pin)))
        raise _wrong(runnable_dir, image, python, Required(pin, PIN, (f">={oldest}",)))


def _wrong(dir_: RunnableDir, image: str, python: str, required: Required) -> HelpersError:
    fitting = [one for one in (*reversed(SUITES.values()), *_OTHERS) if required.allows(one)]
    config = dir_.config.relative_to(dir_.repo).as_posix()
    fix = f"change what {required.place.partition(',')[0]} asks for"
    if fitting:
        wanted = image_of_python(fitting[0])
        fix = f'write  python: "{fitting[0]}"  to {config}   (or  base_image: {wanted})'
        if fitting[0] not in SUITES.values():
            fix += ", which needs a registry"
    return HelpersError(
        f"the image has Python {python}, {dir_.name} asks for {required.text}",
        where=f"base_image: {image}\n{(dir_.root / required.place).relative_to(dir_.repo)}",
        fix=fix,
    )


def _minor(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])
