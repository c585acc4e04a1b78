"""The image in which jobs of CI run: a dir's development image, and what a runner has besides.

A dir with `devops/ci_packages.txt` has it in place of its development image, so it is built,
released and rolled back as any other.
"""

import shlex
from pathlib import Path

from helpers.images.building.os_packages import CI_FILE_NAME, read_os_packages
from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.numbers import counted
from helpers.model.repo import Repo
from helpers.model.runnable_dir import (
    DEVOPS,
    MAKE_ONE,
    RunnableDir,
    dir_config_name,
    dir_option,
    path_below,
)
from helpers.vcs.chosen_dir import find_dir
from helpers.vcs.discovery import discover_dirs

_LIST = f"{DEVOPS}/{CI_FILE_NAME}"
TARGET = "ci"
# The last line fails where the distribution lacks what a job cannot do without.
_STAGE = r"""
FROM dev AS ci
ARG TARGETARCH
ARG PACKAGE_SNAPSHOT=""
ARG PACKAGE_MIRROR=""
ARG CI_PACKAGES=""
RUN --mount=type=bind,from=toolchain,source=devops/in_build,target=/run/in_build \
    --mount=type=cache,id=helpers-apt-${TARGETARCH},target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=helpers-apt-lists-${TARGETARCH},target=/var/lib/apt/lists,sharing=locked \
    --mount=type=secret,id=ca_bundle \
    --mount=type=secret,id=install_settings \
    printf '%s\n' 'docker-cli | docker.io' docker-buildx 'docker-compose>=2 | docker-compose-v2' \
        ${CI_PACKAGES} \
    | sh /run/in_build/with_settings.sh sh /run/in_build/install_packages.sh \
    && docker buildx version && docker compose version
COPY --link --from=uv /opt/target_uv/bin/uv /usr/local/bin/uv
"""


def is_ci_dir(runnable_dir: RunnableDir) -> bool:
    """Whether a dir's development image is one in which jobs of CI run."""
    return (runnable_dir.devops / CI_FILE_NAME).is_file()


def find_ci_dir(repo: Repo, start: Path, wanted: str = "") -> RunnableDir:
    """The dir whose development image is one in which jobs of CI run.

    Args:
        start: the directory where the user stands.
        wanted: the dir that the user named; empty: the only one.

    Raises:
        HelpersError: there is none, or more than one.
    """
    every = discover_dirs(repo)
    if wanted:
        found = [item for item in [find_dir(repo, start, wanted)] if is_ci_dir(item)]
        every = [] if found else [find_dir(repo, start, wanted)]
    else:
        found = [item for item in every if is_ci_dir(item)]
    if len(found) == 1:
        return found[0]
    if found:
        raise HelpersError(
            f"{counted(len(found), 'dir')} have {_LIST}",
            where=", ".join(item.name for item in found),
            fix=dir_option(found[0].name),
        )
    if not every:
        raise HelpersError("the repo has no runnable dir", where=str(repo.root), fix=MAKE_ONE)
    path = shlex.quote(str(every[0].devops / CI_FILE_NAME))
    raise HelpersError(
        f"no dir has {_LIST}, the packages of the image in which jobs of CI run"
        if not wanted
        else f"{every[0].name} has no {_LIST}",
        where=str(every[0].root),
        fix=f"echo '# Debian packages for jobs of CI, one per line.' > {path}\n"
        f"i docker_build_ci_image {dir_option(every[0].name)} --bump minor"
        ' --message "Add what jobs of CI need"',
    )


def ci_stage(runnable_dir: RunnableDir, stage: Stage, base_image: str, *, is_own: bool) -> str:
    """The stage that makes the image, as it is added to the Dockerfile; empty: it makes another.

    Args:
        is_own: the Dockerfile is the dir's own.

    Raises:
        HelpersError: it cannot be made for this dir.
    """
    if stage is Stage.PROD or not is_ci_dir(runnable_dir):
        return ""
    where = str((runnable_dir.devops / CI_FILE_NAME).relative_to(runnable_dir.repo))
    if is_own:
        raise HelpersError(
            "the dir has a Dockerfile of its own, which decides alone what is in its image",
            where=where,
            fix="move the list to a dir without one",
        )
    if "bookworm" in base_image:
        raise HelpersError(
            f"jobs of CI build images, and the distribution of {base_image} has no docker-buildx",
            where=where,
            fix=f'write  python: "3.13"  to {path_below(runnable_dir.name, dir_config_name())},'
            " or move the list to a dir with a newer base image",
        )
    return _STAGE


def ci_args(runnable_dir: RunnableDir) -> dict[str, str]:
    """The Dockerfile's arguments of that stage.

    Raises:
        HelpersError: the list is malformed.
    """
    found = " ".join(read_os_packages(runnable_dir, CI_FILE_NAME))
    return {"CI_PACKAGES": found} if found else {}
