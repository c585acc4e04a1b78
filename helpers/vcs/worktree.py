"""Where git keeps what belongs to a checkout, read from files alone."""

from pathlib import Path


def git_folder(root: Path) -> Path:
    """Where git keeps what is the checkout's own.

    Raises:
        OSError: `root` is no checkout, or may not be read.
    """
    marker = root / ".git"
    if marker.is_dir():
        return marker
    return root / marker.read_text(errors="replace").removeprefix("gitdir:").strip()


def shared_folder(own: Path) -> Path:
    """Where the history is: that of a linked worktree is not in its own git folder."""
    common = own / "commondir"
    return own / common.read_text().strip() if common.is_file() else own


def git_folders(root: Path) -> tuple[Path, ...]:
    """The folder of the history that a worktree shares, where it is outside the tree."""
    if not (root / ".git").is_file():
        return ()
    shared = shared_folder(git_folder(root).resolve()).resolve()
    return (shared,) if shared.is_dir() and not shared.is_relative_to(root) else ()
