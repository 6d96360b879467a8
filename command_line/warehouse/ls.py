"""List the files under a prefix of the lake: size in bytes and name, then how many and how large.

python -m flows warehouse ls extracted/mart.orders/
"""

from __future__ import annotations

from pathlib import Path

from blocks.prefect_api import prefect_api
from command_line.arguments import Parser
from command_line.dry_run import PlannedStep, print_steps
from model.read_design import WAREHOUSE
from model.sources import read_sources
from pipelines.warehouse_works import lake_of


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    with prefect_api():
        lake = lake_of(read_sources(Path(options.designs)))
        place = f"s3://{lake.name}/"
        if options.dry_run:
            print_steps([PlannedStep("list", objects=(f"{place}{options.prefix}*",))])
            return 0
        files = lake.list_files(options.prefix)
    for file in files:
        print(f"{file.size_bytes:>15,}  {place}{file.key}")
    print(f"{len(files):,} files, {sum(file.size_bytes for file in files):,} bytes under {place}{options.prefix}")
    return 0


def _parser() -> Parser:
    parser = Parser(prog="python -m flows warehouse ls", description="List files of the lake.", allow_abbrev=False)
    parser.add_argument("prefix", nargs="?", default="", help="what the keys begin with; default: all of the bucket")
    parser.add_argument(
        "--designs", default=str(WAREHOUSE), metavar="FOLDER", help="of sources.yaml; default: the repository's"
    )
    parser.add_argument("--dry-run", action="store_true", help="show the request that would be sent")
    return parser
