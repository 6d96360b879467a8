"""Program: reads statements through connectorx and writes the rows of each to standard output as an Arrow stream.

A process of its own because connectorx holds Python's lock while it waits for the server, which would stop all
other threads, and because its panics then end nothing else. Each line of standard input is a JSON object: url,
statement, batch_rows. The answer is an Arrow stream and then one line, the number of its rows: without that line the
stream is not whole. After a failure the program ends; the reason is the last line of standard error.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import connectorx
import pyarrow as pa


def main() -> int:
    output = os.fdopen(1, "wb", buffering=0)
    for line in sys.stdin.buffer:
        try:
            row_count = stream(json.loads(line), output)
        except BaseException as error:  # connectorx's PanicException is no Exception
            print(" ".join(str(error).split()) or type(error).__name__, file=sys.stderr)
            return 1
        output.write(b"%d\n" % row_count)
    return 0


def stream(request: dict[str, Any], output: Any) -> int:
    """Writes the statement's rows; returns how many there were."""
    row_count = 0
    reader = connectorx.read_sql(
        request["url"], request["statement"], return_type="arrow_stream", batch_size=request["batch_rows"]
    )
    writer = pa.ipc.new_stream(pa.PythonFile(output, mode="w"), reader.schema)
    for batch in reader:
        writer.write_batch(batch)
        row_count += batch.num_rows
    writer.close()
    return row_count


if __name__ == "__main__":
    sys.exit(main())
