"""Make a Prefect account ready for the flows, in one command; twice in a row changes nothing.

python -m deployments blocks     save the blocks from the environment
python -m deployments plan       show what `up` would do
python -m deployments up         blocks, work pools, limits, automations, and every deployment of prefect.yaml
python -m deployments down       show what `up` has made; with --yes, take it away
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable

from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.settings import PREFECT_API_URL

from blocks.prefect_api import prefect_api
from deployments.account import removals, wanted_changes
from deployments.blocks import save_blocks
from deployments.change import Change
from deployments.prefect_file import PREFECT_FILE, ROOT, read_prefect_file
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
            case _:
                print(__doc__.partition("\n\n")[2].strip(), file=sys.stderr)
                return 2
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _up(is_plan: bool) -> None:
    # Runs that work in processes beside the worker find the code where it lies now.
    environment = {"PREFECT_FLOWS_DIRECTORY": str(ROOT), **os.environ}
    os.environ |= environment
    file = read_prefect_file(PREFECT_FILE, environment)
    _apply(lambda client: wanted_changes(client, file, environment), is_plan)


def _down(is_plan: bool) -> None:
    file = read_prefect_file(PREFECT_FILE, {"PREFECT_FLOWS_DIRECTORY": str(ROOT), **os.environ})
    _apply(lambda client: removals(client, file), is_plan)
    if is_plan:
        print("Nothing is removed yet: python -m deployments down --yes")


def _apply(changes_of: Callable[[SyncPrefectClient], Iterable[Change]], is_plan: bool) -> None:
    """Prints all that differs, then makes it so."""
    if not PREFECT_API_URL.value():
        raise ConfigError(
            "Cannot find the Prefect account: PREFECT_API_URL is not set (expected the address of a server). "
            "Set it, or start one on this machine: ./run server"
        )
    with prefect_api(), get_client(sync_client=True) as client:
        changes = list(changes_of(client))
        for change in changes:
            if change.action != "keep":
                print(change, flush=True)
        print(f"{sum(change.action == 'keep' for change in changes)} are as they should be.", flush=True)
        if not is_plan:
            for change in changes:
                change.apply()


sys.exit(main(sys.argv[1:]))
