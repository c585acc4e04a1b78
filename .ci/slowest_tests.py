#!/usr/bin/env python3
"""Print the slowest tests of the newest run: where a shorter CI begins.

usage: .ci/slowest_tests.py [NUMBER]
"""

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

_RUNS = Path(__file__).resolve().parents[1] / "tmp.main_pytest"


def main() -> None:
    """Print a table: seconds, and the test."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    newest = max(_RUNS.glob("*/junit.xml"))
    cases = ET.parse(newest).getroot().iter("testcase")
    times = [(float(c.get("time", 0)), f"{c.get('classname')}::{c.get('name')}") for c in cases]
    slowest = sorted(times, reverse=True)[:number]
    share = sum(seconds for seconds, _ in slowest) / max(sum(s for s, _ in times), 0.001)
    print(f"the {len(slowest)} slowest of {len(times)} tests take {share:.0%} of their time")
    for seconds, name in slowest:
        print(f"{seconds:8.1f} s  {name}")


if __name__ == "__main__":
    main()
