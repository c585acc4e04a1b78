"""What the machine has that tests may share."""

import os
from contextlib import suppress
from pathlib import Path

from helpers.model.settings.resources import GPU, MEMORY

_LIMIT = Path("/sys/fs/cgroup/memory.max")


def machine_resources() -> dict[str, int]:
    """Bytes of memory, and the number of GPUs.

    Memory is what this process may use: all of the machine's, or its own share in a container.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):  # there may be no limit
        memory = min(memory, int(_LIMIT.read_text()))
    return {MEMORY: memory, GPU: len(list(Path("/dev").glob("nvidia[0-9]*")))}
