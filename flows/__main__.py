"""python -m flows: the flows, a line each;  python -m flows <flow> --…: run one here;  --dry-run: only show it."""

from __future__ import annotations

import gc
import sys


def run() -> int:
    # Modules live as long as the process: to look through them for garbage, again and again, is a third of its start.
    gc.disable()
    from command_line.main import main

    gc.freeze()
    gc.enable()
    code = main(sys.argv[1:])
    # Python looks once more when it ends, half a second long, for what ends with the process anyway.
    gc.freeze()
    return code


sys.exit(run())
