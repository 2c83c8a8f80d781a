"""How many processors this process may keep busy."""

from __future__ import annotations

import os


def available_cores() -> int:
    """Return the processors that the system lets this process use; fewer where `OMP_NUM_THREADS`,
    which numerical programs heed, says so."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min(cores, int(wanted))) if wanted.isdecimal() else cores
