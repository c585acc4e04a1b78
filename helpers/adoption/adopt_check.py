"""Whether an adopting repo is in order: looked at, and nothing is changed."""

import os
import shlex
from collections.abc import Callable
from datetime import date
from pathlib import Path

from helpers.adoption import shims
from helpers.adoption.adopt import (
    EXPECTED,
    AdoptRequest,
    default_name,
    find_hidden,
    leads_into,
    plan_adopt,
    sourced_file,
    tasks_file,
)
from helpers.adoption.migration_plan import deprecated_settings
from helpers.model.adoption import Check
from helpers.model.changelog import FILE_NAME as CHANGELOG
from helpers.model.changelog import parse_changelog
from helpers.model.config import CONFIG_FILE_NAME, parse_repo_config
from helpers.model.errors import HelpersError
from helpers.system.files import read_text
from helpers.system.shell_lines import append_lines
from helpers.vcs.git import head
from helpers.vcs.superproject import (
    GITMODULES,
    Submodule,
    find_hook,
    reach,
    read_registration,
    recorded_commit,
)


def check_adoption(submodule: Submodule) -> list[Check]:
    """Look at everything; no check stops another.

    Raises:
        HelpersError: git fails, or a file cannot be read.
    """
    checks: list[Callable[[Submodule], Check]] = [
        _registered,
        _url,
        _commit,
        _settings,
        _tasks,
        _setenv,
        _main_pytest,
        _changelog,
        _hidden,
        _package,
        _pre_push,
    ]
    found = [check(submodule) for check in checks]
    return [*found, *_deprecated(submodule), *_rest(submodule)]


def _registered(submodule: Submodule) -> Check:
    found = read_registration(submodule)
    if found is None:
        again = f"git submodule add <url of the toolchain> {shlex.quote(submodule.path)}"
        what = f"{GITMODULES} does not name {submodule.path}: other clones will not have it"
        return Check("submodule", True, what, again)
    return Check("submodule", False, submodule.path)


def _url(submodule: Submodule) -> Check:
    found = read_registration(submodule)
    if found is None or not found.url:
        return Check("url", True, "none", f"git config -f {GITMODULES} submodule.<name>.url <url>")
    if found.url.startswith(("./", "../")):
        return Check("url", False, f"{found.url} (beside the repo's own)")
    why = reach(submodule.repo, found.url)
    if why:
        key = shlex.quote(f"submodule.{found.name}.url")
        fix = f"git config -f {GITMODULES} {key} <url> && git submodule sync"
        return Check("url", True, f"{found.url} cannot be reached: {why}", fix)
    return Check("url", False, found.url)


def _commit(submodule: Submodule) -> Check:
    recorded, present = recorded_commit(submodule), head(submodule.root).id
    path = shlex.quote(submodule.path)
    if not recorded:
        return Check("commit", True, "the repo records none", f"git add {path}")
    if recorded != present:
        what = f"{present[:10]} is checked out, and {recorded[:10]} recorded"
        return Check("commit", True, what, f"git add {path}, or git submodule update -- {path}")
    return Check("commit", False, recorded[:10])


def _settings(submodule: Submodule) -> Check:
    text = read_text(submodule.repo / CONFIG_FILE_NAME)
    if text is None:
        return Check(CONFIG_FILE_NAME, True, "missing", _adopt(submodule))
    try:
        config = parse_repo_config(text, CONFIG_FILE_NAME)
    except HelpersError as error:
        return Check(CONFIG_FILE_NAME, True, f"{error.where}: {error.what}", error.fix)
    return Check(CONFIG_FILE_NAME, False, f"name: {config.name}")


def _tasks(submodule: Submodule) -> Check:
    path = tasks_file(submodule.repo)
    text = read_text(submodule.repo / path)
    if text is None:
        return Check(path, True, "missing", _adopt(submodule))
    if submodule.path not in text:
        what = f"it does not look for the toolchain in {submodule.path}"
        return Check(path, True, what, f"write {submodule.path} there")
    return Check(path, False, "has the toolchain's tasks")


def _setenv(submodule: Submodule) -> Check:
    root = submodule.repo
    if sourced_file(root, submodule.path) != shims.SETENV:
        what = f"the repo's own; {submodule.path}/{shims.SETENV} gives `i`"
        return Check(shims.SETENV, False, what)
    own = shims.setenv_addition(submodule.path)
    return _shim(submodule, shims.SETENV, shims.setenv_text(submodule.path), own)


def _main_pytest(submodule: Submodule) -> Check:
    name = shims.MAIN_PYTEST
    text = read_text(submodule.repo / name)
    ours = text is None or shims.leads_to_main_pytest(text) or _is_link(submodule, name)
    if not ours:
        return Check(name, False, f"the repo's own; ours is {submodule.path}/{name}")
    return _shim(submodule, name, shims.main_pytest_text(submodule.path))


def _shim(submodule: Submodule, name: str, wanted: str, addition: str = "") -> Check:
    path = submodule.repo / name
    text = read_text(path)
    if text is None:
        return Check(name, True, "missing", _adopt(submodule))
    if _is_link(submodule, name):
        return Check(name, False, "a link into the submodule")
    if addition and addition in text:
        return Check(name, False, "the repo's own, and leads to the toolchain's")
    if text != wanted:
        what = "not as this version of the toolchain writes it"
        return Check(name, True, what, f"rm {name} && {_adopt(submodule)}")
    if not os.access(path, os.X_OK):
        return Check(name, True, "it cannot be executed", f"chmod +x {name}")
    return Check(name, False, "as this version of the toolchain writes it")


def _changelog(submodule: Submodule) -> Check:
    text = read_text(submodule.repo / CHANGELOG)
    if text is None:
        return Check(CHANGELOG, True, "missing", _adopt(submodule))
    try:
        found = parse_changelog(text, CHANGELOG)
    except HelpersError as error:
        return Check(CHANGELOG, True, f"{error.where}: {error.what}", error.fix)
    return Check(CHANGELOG, False, f"{found.image_name} {found.version}")


def _hidden(submodule: Submodule) -> Check:
    names = (*EXPECTED, tasks_file(submodule.repo))
    found = find_hidden(submodule.repo, names)
    if found:
        path = found[0].path
        fix = append_lines(submodule.repo / path, str(path), found[0].add.split())
        return Check("ignored files", True, "files that every clone needs", fix)
    return Check("ignored files", False, "none that every clone needs")


def _package(submodule: Submodule) -> Check:
    name = "__init__.py"
    if (submodule.repo / name).exists():
        what = "the repo's root is a package, which hides modules of its own from its tests"
        return Check(name, True, what, f"git rm {name}")
    return Check(name, False, "none at the root")


def _pre_push(submodule: Submodule) -> Check:
    hook = find_hook(submodule.repo, "pre-push")
    if hook is None:
        what = "none: a push may record commits of submodules that nobody else has"
        return Check("pre-push hook", False, what, "i git_hooks_install")
    return Check("pre-push hook", False, str(hook))


def _deprecated(submodule: Submodule) -> list[Check]:
    """Forms of earlier versions in the settings of dirs: they work, for one major version."""
    try:
        found = deprecated_settings(submodule.repo, submodule.path)
    except HelpersError as error:
        return [Check("settings of dirs", True, f"{error.where}: {error.what}", error.fix)]
    fix = "i helpers_upgrade    (writes the present form)"
    return [Check("settings of dirs", True, f"{item.where}: {item.what}", fix) for item in found]


def _rest(submodule: Submodule) -> list[Check]:
    """What adopting would still write, or show, besides the files that have checks of their own."""
    done = {
        CONFIG_FILE_NAME, shims.TASKS, shims.OTHER_TASKS, shims.SETENV, shims.MAIN_PYTEST,
        CHANGELOG, tasks_file(submodule.repo),
    }  # fmt: skip
    request = AdoptRequest(submodule.path, default_name(submodule.repo), date.min)
    try:
        plan = plan_adopt(submodule.repo, request)
    except HelpersError:
        return []  # the settings are malformed, which was said
    lacking = [change for change in plan.changes if not change.changes_nothing]
    checks = [
        Check(
            change.path,
            True,
            "missing" if change.before is None else "lacks what adopting adds",
            _adopt(submodule),
        )
        for change in lacking
        if change.path not in done
    ]
    fix = f"{_adopt(submodule)} --dry-run    (shows what to add)"
    return checks + [
        Check(item.path, True, item.why, fix) for item in plan.by_hand if item.path not in done
    ]


def _is_link(submodule: Submodule, name: str) -> bool:
    return leads_into(submodule.repo / name, submodule.root)


def _adopt(submodule: Submodule) -> str:
    return shlex.quote(str(Path(submodule.path, "dev_scripts", "adopt.sh")))
