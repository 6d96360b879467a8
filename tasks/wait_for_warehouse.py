"""Wait until the warehouse takes statements."""

from __future__ import annotations

from blocks.warehouse import Warehouse
from model.errors import WarehouseError
from model.load import Load
from model.patience import Patience
from model.results import Available, NotYet
from tasks.verb import verb
from tasks.wait import look_or_wait

# Source: https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-clusters.html (cluster status)
_HOPELESS = ("deleting", "final-snapshot", "hardware-failure", "incompatible-", "storage-full")


@verb
def wait_for_warehouse(load: Load, warehouse: Warehouse, patience: Patience) -> Available | NotYet:
    """Returns when the cluster or workgroup is available, or that it is not yet. Safe to run again: it only looks.

    Raises: WarehouseError where it cannot become available, or has not in time.
    """
    name = warehouse.workgroup_name or warehouse.cluster_identifier
    last = ""

    def look() -> Available | None:
        nonlocal last
        last = warehouse.status()
        if last.startswith(_HOPELESS):
            raise WarehouseError(f"Cannot use warehouse '{name}': it is {last}. Repair or restore it in AWS.")
        return Available(status=last) if last.startswith("available") else None

    found = look_or_wait(
        f"waits for warehouse '{name}'", look, patience.warehouse_poll_seconds, patience.warehouse_timeout_seconds
    )
    if found is None:
        raise WarehouseError(
            f"Cannot use warehouse '{name}': still {last} after {patience.warehouse_timeout_seconds:g} s "
            "(expected available). Resume it, or wait longer with warehouse_timeout_seconds."
        )
    return found
