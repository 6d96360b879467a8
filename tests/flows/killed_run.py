"""Program: runs `orders` for 2025-01-02 and ends itself by SIGKILL when the step named by its argument has ended."""

import os
import signal
import sys
from datetime import date

from flows.orders import orders
from tasks.verb import Report, listeners


def die(said: Report) -> None:
    is_moving = said.row_count > 0 and said.result is None
    if (said.step == sys.argv[1] and said.result is not None) or (sys.argv[1] == "reading" and is_moving):
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    listeners.append(die)
    orders(run_date=date(2025, 1, 2))
