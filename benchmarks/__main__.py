"""./run bench <name> [parameters] | all [--quick]: measures, and writes benchmarks/RESULTS.md.

    extract     source → S3, beside the peers and the server's own client
    end_to_end  source → Redshift, beside the peers
    growth      rows, changes, tables, days
    overhead    what a run takes beyond its work
    sandbox     COPY, UNLOAD, the latency of a statement
    dump        many tables of three sources into the lake
    songplays   JSON in S3 to a star schema
    results     writes RESULTS.md anew from what is measured

--help after a name shows its parameters. The peers are made once by ./run bench peers.
"""

from __future__ import annotations

import importlib
import subprocess
import sys

BENCHMARKS = ("sandbox", "overhead", "extract", "end_to_end", "growth", "dump", "songplays")


def main(arguments: list[str]) -> int:
    name, parameters = (arguments[0] if arguments else "help"), arguments[1:]
    if name == "all":
        # Each in a process of its own, so that what one leaves in memory does not meet the next.
        for one in BENCHMARKS:
            module = importlib.import_module(f"benchmarks.{one}")
            chosen = module.QUICK if parameters == ["--quick"] else module.FULL
            print(f"\n./run bench {one} {' '.join(chosen)}", flush=True)
            done = subprocess.run([sys.executable, "-m", "benchmarks", one, *chosen], check=False)
            if done.returncode:
                return done.returncode
        return 0
    if name == "results":
        importlib.import_module("benchmarks.harness").write_results()
        return 0
    if name == "peers":
        importlib.import_module("benchmarks.peers.environments").main(parameters)
        return 0
    if name not in BENCHMARKS:
        print(__doc__)
        return 0 if name in ("help", "--help", "-h") else 2
    importlib.import_module(f"benchmarks.{name}").main(parameters)
    return 0


sys.exit(main(sys.argv[1:]))
