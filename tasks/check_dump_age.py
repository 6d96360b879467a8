"""Refuse a dump that is older than what the table holds."""

from __future__ import annotations

from blocks.warehouse import Warehouse
from model.errors import ConfigError
from model.load import Load
from model.results import DumpAgeChecked, Extracted
from sql.ledger import newest_source_bound
from tasks.statements import run
from tasks.verb import verb


@verb
def check_dump_age(load: Load, warehouse: Warehouse, extracted: Extracted) -> DumpAgeChecked:
    """Returns as of when the table holds rows: published over these, an older dump would take away what came since.

    Safe to run again: it only reads.
    Raises: ConfigError for an older dump.
    """
    with warehouse.transaction(f"look as of when '{load.table}' holds rows") as transaction:
        newest = run(transaction, load, newest_source_bound(load)).scalar_one()
    if newest and extracted.source_bound and extracted.source_bound < newest:
        raise ConfigError(
            f"Cannot load '{load.table}': its dump '{load.uri(load.manifest_key)}' shows the source as of "
            f"{extracted.source_bound:%Y-%m-%d %H:%M:%S} UTC (expected {newest:%Y-%m-%d %H:%M:%S} or later, for the "
            f"table holds rows of then). Run python -m flows warehouse dump --force {load.table}"
        )
    return DumpAgeChecked(newest=newest)
