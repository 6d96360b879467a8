"""Wait until the warehouse takes statements."""

from __future__ import annotations

from blocks.warehouse import Warehouse
from model.errors import WarehouseError
from model.load import Load
from model.patience import Patience
from model.results import Available
from tasks.verb import verb
from tasks.wait import wait_for

# Source: https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-clusters.html (cluster status)
_HOPELESS = ("deleting", "final-snapshot", "hardware-failure", "incompatible-", "storage-full")


@verb
def wait_for_warehouse(load: Load, warehouse: Warehouse, patience: Patience) -> Available:
    """Returns when the cluster or workgroup is available. Safe to run again: it only looks.

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

    found = wait_for(look, patience.warehouse_poll_seconds, patience.warehouse_timeout_seconds)
    if found is None:
        raise WarehouseError(
            f"Cannot use warehouse '{name}': still {last} after {patience.warehouse_timeout_seconds:g} s "
            "(expected available). Resume it, or wait longer with warehouse_timeout_seconds."
        )
    return found
