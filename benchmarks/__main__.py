"""./run bench: every benchmark, one after the other; each can be run alone with parameters of its own."""

from __future__ import annotations

import subprocess
import sys

BENCHMARKS = ("extract", "sandbox_copy", "sync_all")


def main() -> int:
    for name in BENCHMARKS:
        print(f"\npython -m benchmarks.{name}", flush=True)
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False)
        if done.returncode:
            return done.returncode
    return 0


sys.exit(main())
