"""No secret of a block in logs and states, whoever writes it there."""

from __future__ import annotations

import io
import logging
from datetime import date

import pytest
from prefect import flow

from blocks.load_block import load_block
from blocks.warehouse import Warehouse
from model.errors import LoadError, WarehouseError
from model.results import Recorded
from model.work import Work
from tasks.verb import logger, verb

WORK = Work(name="x", flow="leaky", run_id="1", run_date=date(2025, 1, 1), loads=())


@pytest.mark.parametrize(("raised", "kept"), [(ValueError, LoadError), (WarehouseError, WarehouseError)])
def test_secret_of_a_block_is_masked_in_logs_and_states(prefect, sandbox, raised, kept):
    password = sandbox.environment["REDSHIFT_PASSWORD"]
    written = logging.StreamHandler(io.StringIO())
    logging.getLogger("prefect.task_runs").addHandler(written)

    @verb
    def leak(work: Work) -> Recorded:
        logger().error("connects with %s", password)
        raise raised(f"refused postgres://loader:{password}@host")

    @flow
    def leaky() -> None:
        load_block(Warehouse, "warehouse")
        leak(WORK)

    try:
        state = leaky(return_state=True)
    finally:
        logging.getLogger("prefect.task_runs").removeHandler(written)
    assert type(state.result(raise_on_failure=False)) is kept
    assert "loader:********@host" in state.message
    logged = written.stream.getvalue()
    assert "connects with ********" in logged
    assert password not in logged + state.message
