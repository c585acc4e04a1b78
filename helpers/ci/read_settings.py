"""The settings of a repo's CI and of its dirs' jobs, without what only emitting workflows needs."""

from dataclasses import replace

from helpers.ci.plan import DirNeeds, needs_of
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.model.runnable_dir import dir_config_name, path_below
from helpers.model.settings.ci_config import CiConfig, Target, check_ci
from helpers.system.repo_files import read_dir_config


def ci_config_of(repo: Repo, target: str = "") -> CiConfig:
    """The settings of the repo's CI.

    Args:
        target: the forge, in place of the one that the settings name.

    Raises:
        HelpersError: there is no such forge, or the settings do not go together with it.
    """
    config = repo.outermost.config.ci
    if target and target not in list(Target):
        raise HelpersError(
            f"--target: expected one of {', '.join(Target)}, found {target[:80]!r}",
            fix=f"--target {Target.GITHUB}",
        )
    if target:
        config = replace(config, target=Target(target))
        check_ci(config, f"{repo.outermost.config_path.name}, key 'ci'")
    return config


def read_needs_of_dirs(repo: Repo, config: CiConfig, names: tuple[str, ...]) -> dict[str, DirNeeds]:
    """What the jobs of these dirs need.

    Raises:
        HelpersError: settings of a dir are malformed, or name what the repo does not have.
    """
    found = {}
    for name in names:
        item = repo.runnable_dir(name)
        own = read_dir_config(item)
        where = path_below(name, dir_config_name())
        found[name] = needs_of(item.slug, own.runner, own.environment, config, where)
    return found
