"""./run bench peers: the tools we compare ourselves with, each in an environment of its own below .peers/, pinned.

Nothing of them is a dependency of ours. The pins are the whole of what pip installs, as `pip freeze` wrote it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
ENVIRONMENTS = HERE.parents[1] / ".peers"
NAMES = ("airflow", "dlt", "sling")


def main(_arguments: Sequence[str] = ()) -> None:
    for name in NAMES:
        if not is_made(name):
            print(f"Setting up {name} …", flush=True)
            make(name)


def is_made(name: str) -> bool:
    stamp = ENVIRONMENTS / name / "pins.txt"
    return stamp.exists() and stamp.read_text() == (HERE / f"{name}.txt").read_text()


def make(name: str) -> None:
    place, pins = ENVIRONMENTS / name, HERE / f"{name}.txt"
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    # What is pinned is the whole set, so that nothing is left to be resolved.
    pip = [str(python(name)), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "-r", str(pins)], check=True)
    shutil.copy(pins, place / "pins.txt")


def python(name: str) -> Path:
    return ENVIRONMENTS / name / "bin" / "python"
