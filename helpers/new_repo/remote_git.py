"""git with a remote of GitHub's: the token logs in where the user's own settings do not."""

from pathlib import Path
from urllib.parse import urlsplit

from helpers.model.errors import HelpersError
from helpers.system.host import Host
from helpers.system.process import ProcessError, run
from helpers.vcs.no_questions import ENVIRONMENT

# git takes it as one more helper after the user's own, and it reads the token from the variable.
_HELPER = (
    '!f() { test "$1" = get && printf "username=x-access-token\\npassword=%s\\n"'
    ' "${GITHUB_TOKEN:-$GH_TOKEN}"; }; f'
)


def ask_with_token(at: Path, host: Host, url: str, *words: str) -> str:
    """Let git ask the remote, with the token where the user's own settings give no login.

    Args:
        at: where git runs.
        url: the remote's address.

    Raises:
        HelpersError: git is refused; says how to log in.
    """
    quiet = {} if host.is_terminal else ENVIRONMENT
    try:
        return run(["git", *_login(url), *words], cwd=at, env=quiet).stdout
    except ProcessError as error:
        raise HelpersError(
            f"git {words[0]} failed",
            where="\n".join(error.last_lines),
            fix="let git log in: gh auth setup-git",
        ) from error


def _login(url: str) -> tuple[str, ...]:
    """What gives git the token for the remote's host, and for no other."""
    parts = urlsplit(url)
    if parts.scheme != "https":
        return ()
    return ("-c", f"credential.https://{parts.netloc}.helper={_HELPER}")
