"""Images for another architecture than the machine's: on a builder of its own, or under QEMU."""

from pathlib import Path

from helpers.model.errors import HelpersError
from helpers.model.events import Listener, Notice
from helpers.model.images.platform import architecture
from helpers.model.repo import Repo
from helpers.system.host import Host
from helpers.system.process import attach, run

_BINFMT = Path("/proc/sys/fs/binfmt_misc")


def ensure_platform(repo: Repo, platform: str, host: Host, listen: Listener) -> None:
    """Make sure that build steps for the platform can run, and tell how slow they will be.

    Raises:
        HelpersError: they cannot, and the user does not want what would change that.
    """
    builder = repo.config.builders.get(platform)
    if builder:
        listen(Notice(f"{platform} is built by {builder}, set in repo_config.yaml"))
    if builder or platform == host.platform:
        return
    ensure_emulation(repo, platform, host)
    listen(
        Notice(
            f"{platform} is emulated by QEMU on this {architecture(host.platform)} machine: expect"
            " what computes to take 5 to 15 times as long; a machine of that kind can be named"
            " under 'builders' in repo_config.yaml"
        )
    )


def ensure_emulation(repo: Repo, platform: str, host: Host) -> None:
    """Make sure that containers of the platform run on this machine.

    Raises:
        HelpersError: they do not, and the user does not want what would change that.
    """
    if host.in_container and not (_BINFMT / "status").exists():
        return  # the kernel is the machine's, and only seen from there
    script = repo.toolchain / "dev_scripts" / "emulation.py"
    command: list[str | Path] = [script, "ensure", architecture(platform)]
    if host.is_terminal:
        failed, said = attach(command) != 0, ""
    else:
        done = run(command, check=False)
        failed, said = done.status != 0, (done.stdout + done.stderr).strip()
    if failed:
        raise HelpersError(
            f"{platform} cannot be emulated on this machine yet",
            where=said,
            fix=" ".join(str(word) for word in command),
        )
