"""What the pre-push hook of a repo runs: `pre_push.py <remote> <address>`, what is pushed on stdin.

No module of tasks. The standard library is all that it needs, so that any Python runs it.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

if TYPE_CHECKING:
    from helpers.system.host import Host

# The hook then tries another Python.
_TOO_OLD = 75


def main() -> None:
    """Check the push; end with a status that lets it pass or not."""
    if not _is_new_enough():
        sys.exit(_TOO_OLD)
    from helpers.tasks import cli

    cli.run_job(_check)


def _is_new_enough() -> bool:
    return sys.version_info >= (3, 11)


def _check(host: "Host") -> None:
    from helpers.checkouts.pre_push import check_push, parse_refs

    def tell(text: str) -> None:
        print(f"pre-push: {text}", file=sys.stderr)

    check_push(host.directory, sys.argv[1], parse_refs(sys.stdin.read()), tell)


if __name__ == "__main__":
    main()
