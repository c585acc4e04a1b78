"""What the settings of CI pin, raised to the newest: a central workflow, and the jobs' image."""

import re

from helpers.ci.central import newest_workflow
from helpers.images.building.ci_image import is_ci_dir
from helpers.model.errors import HelpersError
from helpers.model.file_change import FileChange
from helpers.model.images.name import Stage
from helpers.model.repo import Repo
from helpers.model.runnable_dir import dir_option
from helpers.model.settings.ci_config import LOCAL_WORKFLOWS, CiConfig
from helpers.registry.access import Access
from helpers.registry.repository import Repository
from helpers.system.files import read_text
from helpers.system.repo_files import read_changelog
from helpers.vcs.discovery import discover_dirs

_CI = re.compile(r"^ci\s*:", re.MULTILINE)
# What may not stand beside a value: it would be a part of another.
_BESIDE = r"[\w./:@-]"


def raise_pins(repo: Repo, config: CiConfig, access: Access) -> FileChange | None:
    """The change of `repo_config.yaml` that names the newest of each; None: it does already.

    Raises:
        HelpersError: nothing is pinned, or who has the newest cannot be asked.
    """
    path = repo.outermost.config_path
    raised: dict[str, str] = {}
    if config.workflows != LOCAL_WORKFLOWS:
        raised[config.workflows] = newest_workflow(repo, config.workflows)
    if config.base_image:
        raised[config.base_image] = newest_image(repo, config.base_image, access)
    if not raised:
        raise HelpersError(
            "--update raises the commit of a central workflow and the digest of 'base_image', and"
            " neither is used",
            where=f"{path.name}, key 'ci'",
            fix="leave --update out",
        )
    text = read_text(path) or ""
    start = found.start() if (found := _CI.search(text)) else 0
    after = text[start:]
    for old, new in raised.items():
        value = rf"(?<!{_BESIDE}){re.escape(old)}(?!{_BESIDE})"
        after = re.sub(value, new, after, count=1)
    after = text[:start] + after
    return None if after == text else FileChange(path.name, text, after)


def newest_image(repo: Repo, reference: str, access: Access) -> str:
    """The same image with the digest that its tag names now; without a tag that is the team's.

    Raises:
        HelpersError: the registry refuses, or has no such tag.
    """
    named = reference.partition("@")[0]
    name, colon, tag = named.rpartition(":")
    if not colon or "/" in tag:  # a colon before a port
        name, tag = named, Stage.DEV
    found = Repository(name, access).resolve(tag)
    if found is None:
        raise HelpersError(
            f"the registry has no {name}:{tag}",
            where="repo_config.yaml, key 'base_image' of 'ci'",
            fix=_release(repo, name, tag),
        )
    return f"{named}@{found.digest}"


def _release(repo: Repo, name: str, tag: str) -> str:
    """What makes the image that is named; otherwise it is another's, or named wrongly."""
    for item in discover_dirs(repo) if tag == Stage.DEV else ():
        if is_ci_dir(item) and name.endswith(f"/{read_changelog(item).image_name}"):
            return f"i docker_release_dev_image {dir_option(item.name)}"
    return "correct the key, or push that tag"
