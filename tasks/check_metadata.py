"""An independent look at the result: the target's row count through the Redshift Data API."""

from __future__ import annotations

import time
from typing import Any

from blocks.lake import aws_errors
from blocks.warehouse import Warehouse
from model.errors import DataError, WarehouseError
from model.load import Load
from model.results import Checked, Published
from sql.render import tagged
from sql.unload import target_row_count
from tasks.verb import verb

_FIRST_POLL_SECONDS, _LONGEST_POLL_SECONDS = 0.01, 1.0


@verb
def check_metadata(load: Load, warehouse: Warehouse, published: Published) -> Checked:
    """Returns the count, equal to what the publish reported. Safe to run again: it only reads.

    Raises: DataError where the counts differ, WarehouseError where the Data API refuses.
    Source: https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_DescribeStatement.html
    """
    client = warehouse.data_api
    with aws_errors(f"count '{load.table}' through the Data API"):
        statement_id = client.execute_statement(Sql=tagged(load, target_row_count(load)), **warehouse.data_api_target)[
            "Id"
        ]
        _wait_until_finished(client, statement_id, load, warehouse.statement_timeout_seconds)
        row_count = client.get_statement_result(Id=statement_id)["Records"][0][0]["longValue"]
    if row_count != published.target_row_count:
        raise DataError(
            f"Cannot confirm '{load.table}' for {load.run_date}: the Data API counts {row_count} rows "
            f"(expected {published.target_row_count}, as the publish reported). Look for another writer."
        )
    return Checked(row_count=row_count)


def _wait_until_finished(client: Any, statement_id: str, load: Load, timeout_seconds: float) -> None:
    deadline, poll_seconds = time.monotonic() + timeout_seconds, _FIRST_POLL_SECONDS
    while (found := client.describe_statement(Id=statement_id))["Status"] != "FINISHED":
        if found["Status"] in ("FAILED", "ABORTED"):
            raise WarehouseError(
                f"Cannot count '{load.table}' through the Data API: {found.get('Error', found['Status'])}. "
                "Check the grants of the warehouse block's user."
            )
        if time.monotonic() > deadline:
            client.cancel_statement(Id=statement_id)
            raise WarehouseError(
                f"Cannot count '{load.table}' through the Data API: still {found['Status']} "
                f"after {timeout_seconds:g} s. Look at what keeps the warehouse busy."
            )
        time.sleep(poll_seconds)
        poll_seconds = min(poll_seconds * 2, _LONGEST_POLL_SECONDS)
