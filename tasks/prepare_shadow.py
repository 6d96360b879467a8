"""Take the leases on live tables, and make empty schemas in which they are built anew."""

from __future__ import annotations

from blocks.warehouse import Warehouse
from model.errors import ConfigError
from model.load import STAGING_SCHEMA
from model.results import ShadowReady
from model.schema_difference import differences
from model.shadow import former_schema, shadow_schema
from model.work import Work
from sql.alter_table import remedy
from sql.checks import check_results
from sql.ledger import LEDGER_SCHEMA, leases, loads, take_lease
from sql.render import render
from sql.schema_memory import source_columns
from sql.switch import drop_schema
from sql.tables import create_schema
from tasks.columns_in_warehouse import columns_in_warehouse
from tasks.create_missing import create_missing
from tasks.statements import run
from tasks.verb import verb


@verb
def prepare_shadow(work: Work, warehouse: Warehouse) -> ShadowReady:
    """Returns the schemas. From here on no run that began before can publish these tables, nor may one that begins now:
    the switch would undo what it brings, and so finds out that its lease is lost, and refuses.

    Safe to run again: what an earlier rebuild left in the shadow goes.
    Raises: ConfigError, with the statements that would help, where a live table cannot take the rows of its design.
    """
    _check_live(work, warehouse)
    schemas = sorted({load.design.schema_name for load in work.loads})
    first = work.loads[0]
    tables = (loads, leases, source_columns, check_results)
    needed = [*schemas, *map(former_schema, schemas), STAGING_SCHEMA, LEDGER_SCHEMA]
    create_missing(first, warehouse, needed, tables)
    shadows = tuple(map(shadow_schema, schemas))
    with warehouse.transaction("empty the shadow schemas") as transaction:
        for name in shadows:
            run(transaction, first, drop_schema(name))
            run(transaction, first, create_schema(name))
    with warehouse.transaction("take the leases") as transaction:
        for load in work.loads:
            run(transaction, load, take_lease(load))
    return ShadowReady(schemas=shadows)


def _check_live(work: Work, warehouse: Warehouse) -> None:
    lines = []
    for load in work.loads:
        target, _ = columns_in_warehouse(load, warehouse)
        if load.design.view or not target:
            continue
        for one in differences(load.design, [], {}, target):
            if one.kind == "changed":
                statements = "; ".join(" ".join(render(each).split()) for each in remedy(load.design, one))
                lines.append(f"  {load.table}: {one.column} {one.found}: {statements};")
    if lines:
        raise ConfigError(
            "Cannot rebuild: live tables stay, and cannot hold the rows of their designs:\n"
            + "\n".join(lines)
            + "\nNothing was touched. Run these statements, then rebuild."
        )
