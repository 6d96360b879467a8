"""python -m flows: the flows, a line each;  python -m flows <flow> --…: run one here;  --dry-run: only show it."""

from __future__ import annotations

import sys

from command_line.main import main

sys.exit(main(sys.argv[1:]))
