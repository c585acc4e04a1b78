"""Worktrees of git: what they need outside of themselves."""

from pathlib import Path


def git_folders(root: Path) -> tuple[Path, ...]:
    """A worktree's git folder and the one that it shares, both outside the tree."""
    marker = root / ".git"
    if not marker.is_file():
        return ()
    folder = (root / marker.read_text().removeprefix("gitdir:").strip()).resolve()
    common = folder / "commondir"
    shared = (folder / common.read_text().strip()).resolve() if common.is_file() else folder
    return tuple(path for path in {shared} if path.is_dir() and not path.is_relative_to(root))
