"""Write a failed load into the ledger."""

from __future__ import annotations

from blocks.warehouse import Warehouse
from model.errors import LoadError
from model.load import Load
from model.results import Recorded
from sql.ledger import existing_ledger, insert_failure
from tasks.statements import run
from tasks.verb import verb

_MAX_CAUSE_BYTES = 4096


@verb
def record_failure(load: Load, warehouse: Warehouse, cause: str) -> Recorded:
    """Returns what stands in the ledger as the cause; nothing is written where there is no ledger yet.

    Run again, it adds a row that says the same once more.
    """
    cause = cause.encode()[:_MAX_CAUSE_BYTES].decode(errors="ignore")
    with warehouse.transaction(f"write the failure of '{load.table}' into the ledger") as transaction:
        if run(transaction, load, existing_ledger()).first():
            run(transaction, load, insert_failure(load, cause))
    return Recorded(cause=cause)


def cause_of(error: BaseException) -> str:
    """The text of errors that this project words, which hold no secret; of others, only the name.

    >>> cause_of(KeyError("p4ssw0rd"))
    'KeyError; see the log of the run'
    """
    return str(error) if isinstance(error, LoadError) else f"{type(error).__name__}; see the log of the run"
