"""python -m deployments blocks: saves the blocks from the environment; twice in a row changes nothing."""

from __future__ import annotations

import os
import sys

from blocks.prefect_api import prefect_api
from deployments.blocks import save_blocks
from model.errors import ConfigError


def main(arguments: list[str]) -> int:
    if arguments != ["blocks"]:
        print("usage: python -m deployments blocks", file=sys.stderr)
        return 2
    try:
        with prefect_api():
            for slug, change in save_blocks(os.environ):
                print(f"{slug}: {change}")
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


sys.exit(main(sys.argv[1:]))
