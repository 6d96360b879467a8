"""The Prefect UI on the runs of the demo, until Ctrl-C."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from demo.prefect_server import prefect_server

if __name__ == "__main__":
    with prefect_server(Path(os.environ["DEMO_STATE"])) as server:
        server.wait()
        print(f"The runs of the demo: {server.api_url.removesuffix('/api')}/runs  (Ctrl-C ends it)", flush=True)
        with suppress(KeyboardInterrupt):
            server.serve()
