"""Program: runs `dump` and ends itself by SIGKILL after so many seconds from the first row on (the first argument).

The second argument is the folder of the designs, the third the rows of a range.
"""

import os
import signal
import sys
import threading

from flows.warehouse.dump import dump
from tasks.verb import Report, listeners

started = threading.Event()


def start_to_die(said: Report) -> None:
    if said.step == "dump_table" and not started.is_set():
        started.set()
        threading.Timer(float(sys.argv[1]), os.kill, (os.getpid(), signal.SIGKILL)).start()


if __name__ == "__main__":
    listeners.append(start_to_die)
    dump(designs=sys.argv[2], rows_per_range=int(sys.argv[3]))
