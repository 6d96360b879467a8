"""One turn of a side: a program in a process of its own, with its seconds, its CPU and the peak of its memory."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.memory import peak_bytes


@dataclass(frozen=True)
class Turn:
    """`seconds` are those that the program counts itself: without the import of its libraries. CPU and memory are
    those of the program and its children, imports included."""

    seconds: float
    row_count: int
    cpu_seconds: float
    peak_megabytes: float
    written_bytes: int = 0
    statement_count: int = 0

    @property
    def speed(self) -> float:
        return self.row_count / self.seconds

    def __str__(self) -> str:
        return (
            f"{self.speed:,.0f} rows/s, {self.seconds:.2f} s, {self.cpu_seconds:.2f} CPU s, "
            f"{self.peak_megabytes:.0f} MB"
        )


def take_turn(command: Sequence[str], environment: Mapping[str, str]) -> Turn:
    """Runs a program whose last line is a JSON object: seconds, row_count. Ends the benchmark where it fails."""
    before = _cpu_of_children()
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as complained:
        process = subprocess.Popen(list(command), env=dict(environment), stdout=said, stderr=complained)
        peak = peak_bytes(process)
        said.seek(0)
        complained.seek(0)
        if process.returncode:
            text = said.read()[-2000:] + complained.read()[-4000:]
            sys.exit(f"Cannot measure '{' '.join(command)[:200]}': exit code {process.returncode}.\n{text}")
        told = json.loads(said.read().strip().splitlines()[-1])
    return Turn(**told, cpu_seconds=_cpu_of_children() - before, peak_megabytes=peak / 1e6)


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
