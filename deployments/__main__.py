"""Make a Prefect account ready for the flows, in one command; twice in a row changes nothing.

python -m deployments blocks     save the blocks from the environment
python -m deployments plan       show what `up` would do
python -m deployments up         blocks, work pools, limits, automations, and every deployment of prefect.yaml
python -m deployments down       show what `up` has made; with --yes, take it away
python -m deployments drain [-- COMMAND …]
                                 let nothing new begin, wait until no run is at work; then run COMMAND, such as the
                                 restart of a worker, and go on. Without COMMAND all rests until `resume`.
python -m deployments resume     go on
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.settings import PREFECT_API_URL

from blocks.prefect_api import prefect_api
from deployments.account import removals, wanted_changes
from deployments.blocks import save_blocks
from deployments.change import Change
from deployments.drain import drain, pause
from deployments.prefect_file import PREFECT_FILE, ROOT, PrefectFile, read_prefect_file
from model.errors import ConfigError


def main(arguments: list[str]) -> int:
    """Exit code 0: done; 2: a wrong file or environment: then nothing was changed."""
    try:
        match arguments:
            case ["blocks"]:
                with prefect_api():
                    for slug, change in save_blocks(os.environ):
                        print(f"{slug}: {change}")
            case ["plan" | "up" as command]:
                _up(is_plan=command == "plan")
            case ["down", *flags] if flags in ([], ["--yes"]):
                _down(is_plan=not flags)
            case ["resume"]:
                _resume()
            case ["drain"]:
                _drain()
            case ["drain", "--", *command] if command:
                _drain()
                code = subprocess.run(command, check=False).returncode
                _resume()
                return code
            case _:
                print(__doc__.partition("\n\n")[2].strip(), file=sys.stderr)
                return 2
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _up(is_plan: bool) -> None:
    file = _file()
    _apply(lambda client: wanted_changes(client, file, os.environ), is_plan)


def _down(is_plan: bool) -> None:
    file = _file()
    _apply(lambda client: removals(client, file), is_plan)
    if is_plan:
        print("Nothing is removed yet: python -m deployments down --yes")


def _drain() -> None:
    with _account() as client:
        drain(client, _file())
    print("Nothing is at work; what is due waits.", flush=True)


def _resume() -> None:
    with _account() as client:
        pause(client, _file(), is_paused=False)


def _file() -> PrefectFile:
    """prefect.yaml; runs that work in processes beside the worker find the code where it lies now."""
    os.environ.setdefault("PREFECT_FLOWS_DIRECTORY", str(ROOT))
    return read_prefect_file(PREFECT_FILE, os.environ)


def _apply(changes_of: Callable[[SyncPrefectClient], Iterable[Change]], is_plan: bool) -> None:
    """Prints all that differs, then makes it so."""
    with _account() as client:
        changes = list(changes_of(client))
        for change in changes:
            if change.action != "keep":
                print(change, flush=True)
        print(f"{sum(change.action == 'keep' for change in changes)} are as they should be.", flush=True)
        if not is_plan:
            for change in changes:
                change.apply()


@contextmanager
def _account() -> Iterator[SyncPrefectClient]:
    """Raises: ConfigError where no server is named: one for the length of a command would keep nothing."""
    if not PREFECT_API_URL.value():
        raise ConfigError(
            "Cannot find the Prefect account: PREFECT_API_URL is not set (expected the address of a server). "
            "Set it, or start one on this machine: ./run server"
        )
    with prefect_api(), get_client(sync_client=True) as client:
        yield client


sys.exit(main(sys.argv[1:]))
