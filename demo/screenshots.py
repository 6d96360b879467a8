"""The pictures of the docs: Prefect's UI on a run of the demo, taken by a Chromium without a window.

./run screenshots
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from prefect import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.sorting import ArtifactSort
from prefect.settings import PREFECT_API_URL, temporary_settings

from demo.prefect_server import prefect_server

_DAYS = ("2025-01-01", "2025-01-02")
_DOCS = Path(__file__).parents[1] / "docs"
# The page asks the server for what it shows; so long Chromium lets its clock run before it takes the picture.
_PAGE_MILLISECONDS = 20_000
_SIZES = {"run": "1400,900", "report": "1400,1900", "form": "1400,900"}


def main() -> int:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("Cannot take pictures: no chromium found. Install it (Debian: apt-get install chromium).")
    with prefect_server(Path(os.environ["DEMO_STATE"])) as server:
        _python("sandbox", "seed", "--rows", "60000", "--start", _DAYS[0], "--days", "3")
        server.wait()
        _python("deployments", "up")
        for day in _DAYS:
            _python("flows", "orders", "--run-date", day)
        with temporary_settings({PREFECT_API_URL: server.api_url}):
            pages = _pages()
        for name, page in pages.items():
            _take(browser, f"{server.api_url.removesuffix('/api')}/{page}", _DOCS / f"{name}.png")
    return 0


def _pages() -> dict[str, str]:
    with get_client(sync_client=True) as client:
        report = ArtifactFilter(key=ArtifactFilterKey(any_=["load-mart-orders"]))
        newest: Any = client.read_artifacts(artifact_filter=report, sort=ArtifactSort.CREATED_DESC)[0]
        daily = client.read_deployment_by_name("orders/daily")
    return {
        "run": f"runs/flow-run/{newest.flow_run_id}",
        "report": f"artifacts/artifact/{newest.id}",
        "form": f"deployments/deployment/{daily.id}/run",
    }


def _take(browser: str, address: str, picture: Path) -> None:
    arguments = (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        f"--window-size={_SIZES[picture.stem]}",
    )
    patience = f"--virtual-time-budget={_PAGE_MILLISECONDS}"
    subprocess.run([browser, *arguments, patience, f"--screenshot={picture}", address], check=True, capture_output=True)
    print(picture)


def _python(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", *arguments], check=True)


if __name__ == "__main__":
    sys.exit(main())
