"""python -m benchmarks.flow_run <designs> <flow> <parameters as JSON>: one flow run; prints its seconds and rows.

Its clock starts when everything is imported, and stops when the flow has returned.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path
from unittest import mock

from blocks.prefect_api import prefect_api
from model import read_design

READERS = ("read_design", "read_transformation", "read_any_design", "table_names", "transformation_names")


def main(designs: str, flow: str, parameters: str) -> None:
    run = getattr(importlib.import_module(f"flows.{flow}"), flow)
    for name in (*READERS, "declared_names"):
        mock.patch.object(getattr(read_design, name), "__defaults__", (Path(designs),)).start()
    with prefect_api():
        started = time.perf_counter()
        loaded = run(**json.loads(parameters))
        seconds = time.perf_counter() - started
    loads = loaded if isinstance(loaded, list) else [loaded]
    rows = sum(getattr(load, "copied_row_count", None) or getattr(load, "row_count", None) or 0 for load in loads)
    print(json.dumps({"seconds": seconds, "row_count": rows}))


if __name__ == "__main__":
    main(*sys.argv[1:])
