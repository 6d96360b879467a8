"""Program: reads one statement through connectorx and writes its rows to standard output as an Arrow stream.

A process of its own because connectorx holds Python's lock while it waits for the server, which would stop all
other threads, and because its panics then end nothing else. Standard input is a JSON object: url, statement,
batch_rows. Exit code 0: every row was written. Else the reason is the last line of standard error.
"""

from __future__ import annotations

import json
import os
import sys


def main() -> int:
    import connectorx
    import pyarrow as pa

    output = os.fdopen(1, "wb", buffering=0)
    request = json.load(sys.stdin)
    try:
        reader = connectorx.read_sql(
            request["url"], request["statement"], return_type="arrow_stream", batch_size=request["batch_rows"]
        )
        with pa.ipc.new_stream(pa.PythonFile(output, mode="w"), reader.schema) as writer:
            for batch in reader:
                writer.write_batch(batch)
    except BaseException as error:  # connectorx's PanicException is no Exception
        print(" ".join(str(error).split()) or type(error).__name__, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
