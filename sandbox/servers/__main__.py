"""The process that holds one sandbox: `python -m sandbox.servers STATE …`.

It prints `ready` or an error text on stdout, closes stdout, and stays until SIGTERM or SIGINT, or until the
process that started it is gone (`--until-stdin-closes`).
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import sys
import threading
from pathlib import Path

from sandbox.servers.process import ServerError
from sandbox.servers.state import State
from sandbox.servers.supervisor import Supervisor

END_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.servers", description=__doc__)
    parser.add_argument("state", type=Path)
    parser.add_argument("--prefect", action="store_true")
    parser.add_argument("--temporary", action="store_true", help="remove the state folder in the end")
    parser.add_argument("--until-stdin-closes", action="store_true")
    options = parser.parse_args()
    for number in END_SIGNALS:
        signal.signal(number, end)
    if options.until_stdin_closes:
        threading.Thread(target=end_with_stdin, daemon=True).start()
    try:
        supervise(State(options.state), options.prefect, options.temporary)
    except ServerError as error:
        tell_starter(str(error))
        return 1
    return 0


def supervise(state: State, with_prefect: bool, is_temporary: bool) -> None:
    """Hold a sandbox until a signal ends this process. Raises: ServerError when it does not start."""
    lock = state.lock()
    try:
        state.stop_orphans()
        supervisor = Supervisor(state, with_prefect)
        try:
            supervisor.start()
            tell_starter("ready")
            while True:
                signal.pause()
        finally:
            for number in END_SIGNALS:
                signal.signal(number, signal.SIG_IGN)
            supervisor.stop()
    finally:
        if is_temporary:
            shutil.rmtree(state.folder, ignore_errors=True)
        lock.close()


def end(*_: object) -> None:
    """Unwind the main thread, wherever it is."""
    sys.exit(0)


def end_with_stdin() -> None:
    """End this process when its starter closes the pipe, or is killed."""
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def tell_starter(text: str) -> None:
    """Say one thing on stdout, then close it: a reader sees its end."""
    with contextlib.suppress(BrokenPipeError):
        os.write(1, text.encode())
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)


if __name__ == "__main__":
    sys.exit(main())
