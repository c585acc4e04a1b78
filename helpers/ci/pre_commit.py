"""The hooks of a repo's kind in its `.pre-commit-config.yaml`: an item of ours among its own.

The item stands between two comments, the first of which has a hash of it as it was written: so it
is known whether somebody edited it. All else in the file is the repo's, byte for byte.
"""

import hashlib
import re
import textwrap
from collections.abc import Iterable

from helpers.ci.child import MAIN
from helpers.ci.emitted import is_emitted
from helpers.ci.hooks import Hook, RepoKind, hooks_of
from helpers.ci.pipelines import MAIN_WORKFLOW
from helpers.ci.read_repo import has_linter, releases
from helpers.managed_files.pre_commit_file import (
    BEGIN,
    END,
    FILE_NAME,
    MADE,
    add_item,
    hook_ids,
    new_text,
)
from helpers.model.errors import HelpersError
from helpers.model.file_change import FileChange
from helpers.model.managed_file import Drift, ManagedFile, Mode, Standing
from helpers.model.repo import Repo
from helpers.model.runnable_dir import ROOT
from helpers.system.files import read_text
from helpers.vcs.discovery import discover_dirs

_SETENV = "setenv.sh"
_RULES = (".hadolint.yaml", ".hadolint.yml")


def read_kind(repo: Repo) -> RepoKind:
    """What of the repo decides about its hooks.

    Raises:
        HelpersError: the toolchain is outside of the repo, so others would not have it.
    """
    if not repo.toolchain.is_relative_to(repo.root):
        raise HelpersError(
            "the toolchain is outside of the repo, so others who commit do not have it",
            where=str(repo.toolchain),
            fix="git submodule add URL_OF_THE_TOOLCHAIN helpers_root && i adopt",
        )
    root, config = repo.root, repo.outermost.config
    toolchain = repo.toolchain.relative_to(root)
    own = next((name for name in _RULES if (root / name).is_file()), "")
    dirs = discover_dirs(repo)
    names = {item.name for item in dirs}
    workflows = (read_text(root / path) for path in (MAIN_WORKFLOW, MAIN))
    return RepoKind(
        setenv=(toolchain / _SETENV).as_posix(),
        rules=own or (toolchain / _RULES[0]).as_posix(),
        header=config.licenses.header,
        lints=ROOT in names and has_linter(root),
        has_dirs=bool(names),
        has_ci=any(text is not None and is_emitted(text) for text in workflows),
        branches=config.ci.branches,
        releases=releases(repo, dirs),
    )


def plan_hooks(text: str | None, hooks: Iterable[Hook]) -> Standing:
    """How the file stands, and what is to be written.

    Args:
        text: the file; None: there is none.
        hooks: those of the repo's kind; one that the repo has itself is left out.

    Raises:
        HelpersError: our item cannot be added safely, or the file would no longer be what it is.
    """
    item = ManagedFile(FILE_NAME, source=FILE_NAME, owner="ci", mode=Mode.BLOCK)
    here = (text or "").replace("\r\n", "\n")
    found = MADE.search(here)
    rest = here[: found.start()] + here[found.end() :] if found else here
    taken = hook_ids(rest)
    wanted = [hook for hook in hooks if not hook.ids & taken]
    if found and _digest(textwrap.dedent(found["body"])) != found["digest"]:
        change = FileChange(FILE_NAME, _put(found, _lines(wanted, len(found["margin"]))), here)
        return Standing(item, Drift.HERE, change=change, conflicts=("lines",))
    if found:
        after: str | None = _put(found, _lines(wanted, len(found["margin"])))
    elif text is None or not rest.strip():
        after = new_text(lambda indent: _lines(wanted, indent))
    else:
        after = add_item(here, lambda indent: _lines(wanted, indent))
    if after is None or hook_ids(after) != taken | {hook.id for hook in wanted}:
        raise _unsafe()
    if after == here:
        return Standing(item, Drift.IN_STEP)
    if text is not None and "\r\n" in text:
        after = after.replace("\n", "\r\n")
    drift = Drift.UPSTREAM if found else Drift.NEW
    return Standing(item, drift, change=FileChange(FILE_NAME, text, after))


def plan_repo_hooks(repo: Repo) -> Standing:
    """How the file of a repo stands.

    Raises:
        HelpersError: as `read_kind` and `plan_hooks`, or the file cannot be read.
    """
    return plan_hooks(read_text(repo.root / FILE_NAME), hooks_of(read_kind(repo)))


def _lines(hooks: Iterable[Hook], indent: int) -> str:
    """The item between its comments."""
    # Imported here: most tasks write no hooks.
    import yaml

    listed = [{"id": hook.id, **hook.keys} for hook in hooks]
    content = [{"repo": "local", "hooks": listed}]
    # Lists of words on one line, all else in lines of their own.
    body = yaml.safe_dump(
        content, sort_keys=False, width=4096, allow_unicode=True, default_flow_style=None
    )
    lines = [BEGIN, f"# content: sha256:{_digest(body)}", *body.splitlines(), END]
    return "".join(f"{' ' * indent}{line}\n" for line in lines)


def _put(found: re.Match[str], lines: str) -> str:
    return found.string[: found.start()] + lines.removesuffix("\n") + found.string[found.end() :]


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def _unsafe() -> HelpersError:
    return HelpersError(
        "hooks cannot be added safely: it is not a mapping with a list 'repos' of several lines",
        where=FILE_NAME,
        fix="write 'repos:' and below it '- repo: ...' for each item; then the same command",
    )
