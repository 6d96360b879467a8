"""Long-running processes: they end with the one that started them, and can be asked to end wherever they run."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1  # Source: prctl(2)
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def start(command: Sequence[str], log: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Starts a command in a session of its own, with its output in `log`."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(environment),
            start_new_session=True,
            preexec_fn=_heed_signals,
        )


def stop(process: subprocess.Popen[bytes], timeout_seconds: float = 20) -> None:
    """Asks a process to end; then ends whatever of its session is left, also what it had started itself."""
    process.send_signal(signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout_seconds)
    kill_all(process)


def kill_all(process: subprocess.Popen[bytes]) -> None:
    """Ends a process and what it has started, as the loss of a machine would."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _heed_signals() -> None:
    """A shell's background job ignores SIGINT and SIGQUIT, and hands that on; Prefect's worker ends itself by them."""
    for ignored in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_DFL)
    if _libc:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
