"""`python -m link_check <address>`: print broken links; status 1 when there are some."""

from __future__ import annotations

import sys

from link_check.crawler import find_broken_links


def main(arguments: list[str]) -> int:
    """Check the site that starts at an address."""
    if len(arguments) != 1:
        print("usage: python -m link_check <address>", file=sys.stderr)
        return 2
    broken = find_broken_links(arguments[0])
    for item in broken:
        print(f"{item.link} ({item.status or 'no answer'}), on {item.page or 'the command line'}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
