"""The warehouse from nothing, as `./run warehouse` starts it."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_warehouse_from_nothing_is_set_up_loaded_and_rebuilt(tmp_path):
    state = tmp_path / "demo"
    sandbox = [sys.executable, "-m", "sandbox", "run", "--state", str(state), "--prefect", "--"]
    done = subprocess.run(
        ["env", f"DEMO_STATE={state}", "COLUMNS=160", *sandbox, sys.executable, "-m", "demo.warehouse"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    shown = done.stdout
    assert done.returncode == 0, shown + done.stderr
    for command in ("setup", "design", "dump", "load", "update", "rebuild"):
        assert f"python -m flows warehouse {command}" in shown
    written = (state / "warehouse").glob("shop*/*.yaml")
    loaded = dict(re.findall(r"^ (\S+) +done +([\d,]+) +[\d.]+ *$", shown, re.MULTILINE))
    assert {f"{path.parent.name}.{path.stem}" for path in written} <= set(loaded)
    assert "30,000" in loaded.values()
    assert "failed" not in shown and "Traceback" not in shown + done.stderr
