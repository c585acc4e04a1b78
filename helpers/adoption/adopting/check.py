"""Whether an adopting repo is in order: looked at, and nothing is changed."""

import os
import shlex
from collections.abc import Callable
from datetime import date
from pathlib import Path

from helpers.adoption.adopting import shims
from helpers.adoption.adopting.adopt import (
    EXPECTED,
    AdoptRequest,
    default_name,
    find_hidden,
    leads_into,
    plan_adopt,
    sourced_file,
    tasks_file,
)
from helpers.adoption.superproject import Submodule, find_hook, reach, recorded_commit
from helpers.adoption.upgrades.migration_plan import deprecated_settings
from helpers.model.adoption import AdoptCheck
from helpers.model.changelog.parse import FILE_NAME as CHANGELOG
from helpers.model.changelog.parse import parse_changelog
from helpers.model.errors import HelpersError
from helpers.model.settings.config import parse_repo_config
from helpers.model.settings.file_names import CONFIG_FILE_NAME
from helpers.system.files import read_text
from helpers.system.shell_lines import append_lines
from helpers.vcs.git import head
from helpers.vcs.submodules import GITMODULES, declared_on_disk


def check_adoption(submodule: Submodule) -> list[AdoptCheck]:
    """Look at everything; no check stops another.

    Raises:
        HelpersError: git fails, or a file cannot be read.
    """
    checks: list[Callable[[Submodule], AdoptCheck]] = [
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


def _registered(submodule: Submodule) -> AdoptCheck:
    found = declared_on_disk(submodule.repo).get(submodule.path)
    if found is None:
        again = f"git submodule add <url of the toolchain> {shlex.quote(submodule.path)}"
        what = f"{GITMODULES} does not name {submodule.path}: other clones will not have it"
        return AdoptCheck("submodule", True, what, again)
    return AdoptCheck("submodule", False, submodule.path)


def _url(submodule: Submodule) -> AdoptCheck:
    found = declared_on_disk(submodule.repo).get(submodule.path)
    if found is None or not found.url:
        return AdoptCheck(
            "url", True, "none", f"git config -f {GITMODULES} submodule.<name>.url <url>"
        )
    if found.url.startswith(("./", "../")):
        return AdoptCheck("url", False, f"{found.url} (beside the repo's own)")
    why = reach(submodule.repo, found.url)
    if why:
        key = shlex.quote(f"submodule.{found.name}.url")
        fix = f"git config -f {GITMODULES} {key} <url> && git submodule sync"
        return AdoptCheck("url", True, f"{found.url} cannot be reached: {why}", fix)
    return AdoptCheck("url", False, found.url)


def _commit(submodule: Submodule) -> AdoptCheck:
    recorded, present = recorded_commit(submodule), head(submodule.root).id
    path = shlex.quote(submodule.path)
    if not recorded:
        return AdoptCheck("commit", True, "the repo records none", f"git add {path}")
    if recorded != present:
        what = f"{present[:10]} is checked out, and {recorded[:10]} recorded"
        return AdoptCheck(
            "commit", True, what, f"git add {path}, or git submodule update -- {path}"
        )
    return AdoptCheck("commit", False, recorded[:10])


def _settings(submodule: Submodule) -> AdoptCheck:
    def describe(text: str) -> str:
        return f"name: {parse_repo_config(text, CONFIG_FILE_NAME).name}"

    return _described(submodule, CONFIG_FILE_NAME, describe)


def _tasks(submodule: Submodule) -> AdoptCheck:
    path = tasks_file(submodule.repo)
    text = read_text(submodule.repo / path)
    if text is None:
        return AdoptCheck(path, True, "missing", _adopt(submodule))
    if submodule.path not in text:
        what = f"it does not look for the toolchain in {submodule.path}"
        return AdoptCheck(path, True, what, f"write {submodule.path} there")
    return AdoptCheck(path, False, "has the toolchain's tasks")


def _setenv(submodule: Submodule) -> AdoptCheck:
    root = submodule.repo
    if sourced_file(root, submodule.path) != shims.SETENV:
        what = f"the repo's own; {submodule.path}/{shims.SETENV} gives `i`"
        return AdoptCheck(shims.SETENV, False, what)
    own = shims.setenv_addition(submodule.path)
    return _shim(submodule, shims.SETENV, shims.setenv_text(submodule.path), own)


def _main_pytest(submodule: Submodule) -> AdoptCheck:
    name = shims.MAIN_PYTEST
    text = read_text(submodule.repo / name)
    ours = text is None or shims.leads_to_main_pytest(text) or _is_link(submodule, name)
    if not ours:
        return AdoptCheck(name, False, f"the repo's own; ours is {submodule.path}/{name}")
    return _shim(submodule, name, shims.main_pytest_text(submodule.path))


def _shim(submodule: Submodule, name: str, wanted: str, addition: str = "") -> AdoptCheck:
    path = submodule.repo / name
    text = read_text(path)
    if text is None:
        return AdoptCheck(name, True, "missing", _adopt(submodule))
    if _is_link(submodule, name):
        return AdoptCheck(name, False, "a link into the submodule")
    if addition and addition in text:
        return AdoptCheck(name, False, "the repo's own, and leads to the toolchain's")
    if text != wanted:
        what = "not as this version of the toolchain writes it"
        return AdoptCheck(name, True, what, f"rm {name} && {_adopt(submodule)}")
    if not os.access(path, os.X_OK):
        return AdoptCheck(name, True, "it cannot be executed", f"chmod +x {name}")
    return AdoptCheck(name, False, "as this version of the toolchain writes it")


def _changelog(submodule: Submodule) -> AdoptCheck:
    def describe(text: str) -> str:
        found = parse_changelog(text, CHANGELOG)
        return f"{found.image_name} {found.version}"

    return _described(submodule, CHANGELOG, describe)


def _described(submodule: Submodule, name: str, describe: Callable[[str], str]) -> AdoptCheck:
    """A file that must be there and well-formed, described from its text."""
    text = read_text(submodule.repo / name)
    if text is None:
        return AdoptCheck(name, True, "missing", _adopt(submodule))
    try:
        return AdoptCheck(name, False, describe(text))
    except HelpersError as error:
        return AdoptCheck(name, True, f"{error.where}: {error.what}", error.fix)


def _hidden(submodule: Submodule) -> AdoptCheck:
    names = (*EXPECTED, tasks_file(submodule.repo))
    found = find_hidden(submodule.repo, names)
    if found:
        path = found[0].path
        fix = append_lines(submodule.repo / path, str(path), found[0].add.split())
        return AdoptCheck("ignored files", True, "files that every clone needs", fix)
    return AdoptCheck("ignored files", False, "none that every clone needs")


def _package(submodule: Submodule) -> AdoptCheck:
    name = "__init__.py"
    if (submodule.repo / name).exists():
        what = "the repo's root is a package, which hides modules of its own from its tests"
        return AdoptCheck(name, True, what, f"git rm {name}")
    return AdoptCheck(name, False, "none at the root")


def _pre_push(submodule: Submodule) -> AdoptCheck:
    hook = find_hook(submodule.repo, "pre-push")
    if hook is None:
        what = "none: a push may record commits of submodules that nobody else has"
        return AdoptCheck("pre-push hook", False, what, "i git_hooks_install")
    return AdoptCheck("pre-push hook", False, str(hook))


def _deprecated(submodule: Submodule) -> list[AdoptCheck]:
    """Forms of earlier versions in the settings of dirs: they work, for one major version."""
    try:
        found = deprecated_settings(submodule.repo, submodule.path)
    except HelpersError as error:
        return [AdoptCheck("settings of dirs", True, f"{error.where}: {error.what}", error.fix)]
    fix = "i helpers_upgrade    (writes the present form)"
    return [
        AdoptCheck("settings of dirs", True, f"{item.where}: {item.what}", fix) for item in found
    ]


def _rest(submodule: Submodule) -> list[AdoptCheck]:
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
        AdoptCheck(
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
        AdoptCheck(item.path, True, item.why, fix) for item in plan.by_hand if item.path not in done
    ]


def _is_link(submodule: Submodule, name: str) -> bool:
    return leads_into(submodule.repo / name, submodule.root)


def _adopt(submodule: Submodule) -> str:
    return shlex.quote(str(Path(submodule.path, "dev_scripts", "adopt.sh")))
