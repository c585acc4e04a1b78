"""The commands that fetch what a clone lacks, as messages have people type them."""


def fetch_command(
    remote: str, *wanted: str, folder: str = "", whole: bool = False, tags: bool = False
) -> str:
    """The command that fetches from a remote.

    Args:
        remote: empty: the one that git takes.
        wanted: ids of commits, or what git takes for branches; none: what the clone follows.
        folder: where the clone is, for a command that is typed elsewhere.
        whole: the history that a shallow clone lacks, too; git refuses that in another clone.
        tags: all tags, too; those of environments move, so a clone may have older ones of them.
    """
    # Imported here: only messages need it.
    import shlex

    where = ("-C", folder) if folder else ()
    options = (*["--unshallow"] * whole, *["--tags", "--force"] * tags)
    return shlex.join(("git", *where, "fetch", *options, *filter(None, [remote]), *wanted))


def fetch_branches(remote: str, *, folder: str = "", shallow: bool = False) -> str:
    """The command that fetches all branches and tags: a clone of one gets no other by itself."""
    branches = f"+refs/heads/*:refs/remotes/{remote}/*"
    return fetch_command(remote, branches, folder=folder, whole=shallow, tags=True)


def fetch_commit(remote: str, commit: str, *, folder: str = "", shallow: bool = False) -> str:
    """The command that fetches a commit by its id, which must be all of it.

    Some servers give what a branch or a tag names alone: then a shallow clone gets all of these.
    """
    by_id = fetch_command(remote, commit, folder=folder, whole=shallow)
    if not shallow:
        return by_id
    return f"{by_id} || {fetch_branches(remote, folder=folder, shallow=True)}"
