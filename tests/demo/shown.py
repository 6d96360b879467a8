"""What a demo shows, started as `run` starts it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def shown_by(module: str, state: Path, columns: int) -> str:
    """Its whole output, `columns` wide, in a sandbox of its own that keeps its state in `state`; it ends well."""
    sandbox = [sys.executable, "-m", "sandbox", "run", "--state", str(state), "--prefect", "--"]
    done = subprocess.run(
        ["env", f"DEMO_STATE={state}", f"COLUMNS={columns}", *sandbox, sys.executable, "-m", module],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout
