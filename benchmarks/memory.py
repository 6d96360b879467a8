"""Resident memory of a process and its children, sampled until it ends."""

from __future__ import annotations

import resource
import subprocess
import time
from pathlib import Path

SAMPLE_SECONDS = 0.01


def peak_bytes(process: subprocess.Popen[bytes]) -> int:
    """Waits for its end; the peak of both, at one moment."""
    peak = 0
    while process.poll() is None:
        peak = max(peak, resident_bytes(process.pid) + sum(map(resident_bytes, children(process.pid))))
        time.sleep(SAMPLE_SECONDS)
    return peak


def resident_bytes(pid: int) -> int:
    """0 when the process has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
    except (OSError, IndexError):
        return 0


def children(pid: int) -> list[int]:
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for thread in threads for child in (thread / "children").read_text().split()]
    except OSError:
        return []
