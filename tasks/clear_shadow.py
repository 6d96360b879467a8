"""Drop the shadow schemas, give the leases back."""

from __future__ import annotations

from blocks.warehouse import Warehouse
from model.results import ShadowReady
from model.shadow import shadow_schema
from model.work import Work
from sql.ledger import lease_holder, release_lease
from sql.switch import drop_schema
from tasks.statements import run
from tasks.verb import verb


@verb
def clear_shadow(work: Work, warehouse: Warehouse, keep_rows: bool) -> ShadowReady:
    """Returns the schemas that stay: none, or where `keep_rows`, for a look at what failed, all.

    Safe to run again: it then finds nothing. Schemas and leases that a later run has taken over are left to it.
    """
    schemas = tuple(sorted({shadow_schema(load.design.schema_name) for load in work.loads}))
    with warehouse.transaction("give the leases back") as transaction:
        held = [load for load in work.loads if run(transaction, load, lease_holder(load)).scalar() == load.run_id]
        for load in held:
            run(transaction, load, release_lease(load))
        if held and not keep_rows:
            for name in schemas:
                run(transaction, work.loads[0], drop_schema(name))
    warehouse.release()
    return ShadowReady(schemas=schemas if keep_rows else ())
