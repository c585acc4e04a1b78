"""The folders of a container that are in memory, and gone with it."""

HOME = "/helpers/home"
# The last file of those that are put into a container after its start.
LAST_INSTALLED = "/helpers/installed"
# Emptied before a kept container runs tests again; all in memory, so that what tests leave
# behind never reaches the container's own layer.
SCRATCH = (HOME, "/tmp")  # noqa: S108


def scratch_mounts(uid: int, gid: int) -> dict[str, str]:
    """The folders as the engine mounts them; the home is one user's alone."""
    home = f"rw,exec,nosuid,nodev,mode=0700,uid={uid},gid={gid}"
    shared = "rw,exec,nosuid,nodev,mode=1777"
    return {folder: home if folder == HOME else shared for folder in SCRATCH}
