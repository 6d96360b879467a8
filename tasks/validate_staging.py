"""The checks that stop a run before any reader sees a row."""

from __future__ import annotations

from blocks.warehouse import Warehouse
from model.errors import DataError
from model.load import Load
from model.results import Deduplicated, Validated
from sql.staging import measures
from tasks.statements import run
from tasks.verb import verb


@verb
def validate_staging(load: Load, warehouse: Warehouse, deduplicated: Deduplicated) -> Validated:
    """Returns the count of rows that passed. Safe to run again: it only reads.

    Raises: DataError that lists every finding.
    """
    with warehouse.transaction(f"validate staging of '{load.table}'") as transaction:
        found = run(transaction, load, measures(load)).one()
    key = ", ".join(load.design.key)
    findings = []
    if found.row_count == 0 and not load.design.allow_empty:
        findings.append("no rows (expected some; allow_empty: true in the design would let this pass)")
    if found.row_count != deduplicated.row_count:
        findings.append(f"{found.row_count} rows (expected {deduplicated.row_count}, as were copied)")
    if found.null_key_count:
        findings.append(f"{found.null_key_count} rows with NULL in the key ({key})")
    if found.duplicate_count:
        findings.append(f"{found.duplicate_count} rows with the key ({key}) of another row")
    if found.outside_count:
        findings.append(f"{found.outside_count} rows whose {load.design.cursor} is NULL or outside {load.read_window}")
    if findings:
        raise DataError(
            f"Cannot load '{load.table}' for {load.run_date}: staged were {'; '.join(findings)}. "
            "The target is unchanged. Mend the source or the design, then run that date again."
        )
    return Validated(row_count=found.row_count)
