"""Server processes: started so that they end with their parent, never as root, with their output in a log."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


class ServerError(Exception):
    """A server of the sandbox is missing, did not start, or ended."""


def guarded(command: Sequence[str], stop_signal: signal.Signals, is_unprivileged: bool = False) -> list[str]:
    """The command behind `setpriv`: it gets `stop_signal` when the thread that started it ends.

    `is_unprivileged` gives up root (PostgreSQL refuses it) but keeps the right to pass folders that only root
    may enter, such as a clone below /root. Without setpriv (not Linux) the command is returned as it is.
    """
    if not shutil.which("setpriv"):
        return list(command)
    prefix = ["setpriv", "--pdeathsig", stop_signal.name.removeprefix("SIG")]
    if is_unprivileged and os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        prefix += [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
        if may_override_permissions():
            # no_setuid_fixup: access(2), by which PostgreSQL looks for its own programs, then heeds the right too.
            prefix += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup"]
    return [*prefix, "--", *command]


def may_override_permissions() -> bool:
    """Whether this process has CAP_DAC_OVERRIDE; root in a container may lack it. Source: capabilities(7)."""
    status = Path("/proc/self/status").read_text()
    permitted = next(line for line in status.splitlines() if line.startswith("CapPrm:"))
    return bool(int(permitted.split()[1], 16) & 0b10)


def spawn(command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own (a terminal's Ctrl-C does not reach it); append to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd="/",
            start_new_session=True,
        )


def run_to_end(command: Sequence[str], log: Path, stdin: Path | None = None) -> None:
    """Run a command that prepares a server. Raises: ServerError with the last lines of its log."""
    with log.open("ab") as output, Path(stdin or os.devnull).open("rb") as source:
        code = subprocess.run(command, stdin=source, stdout=output, stderr=output, cwd="/", check=False).returncode
    if code:
        raise ServerError(f"Cannot prepare '{log.stem}': exit code {code}. {last_lines(log)}")


def wait_until(
    is_ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, timeout_seconds: float = 60
) -> None:
    """Poll until the server answers. Raises: ServerError when it ends before, or does not answer in time."""
    deadline = time.monotonic() + timeout_seconds
    while not is_ready():
        code = process.poll()
        if code is not None:
            raise ServerError(f"Cannot start '{log.stem}': it ended with code {code}. {last_lines(log)}")
        if time.monotonic() > deadline:
            raise ServerError(f"Cannot start '{log.stem}': no answer in {timeout_seconds:.0f} s. {last_lines(log)}")
        time.sleep(0.02)


def fresh_folder(data_dir: Path) -> Path:
    """Where to prepare a data folder: it gets its name when it is complete, so a killed start leaves no half one."""
    unfinished = data_dir.with_name(data_dir.name + ".unfinished")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    return unfinished


def last_lines(log: Path, count: int = 15) -> str:
    """The end of a log, introduced by its path, for an error text."""
    lines = log.read_text(errors="replace").splitlines()[-count:] if log.exists() else []
    return f"Read '{log}', which ends:\n" + "\n".join(f"    {line}" for line in lines)


def stop(process: subprocess.Popen[bytes], stop_signal: signal.Signals, timeout_seconds: float = 15) -> None:
    """Ask a process to end, insist with SIGKILL after the timeout; a process that has ended is no error."""
    if process.poll() is None:
        process.send_signal(stop_signal)
        try:
            process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
