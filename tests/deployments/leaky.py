"""A flow that tells the secrets of its blocks wherever it can, deployed by a test that looks for them."""

from __future__ import annotations

from datetime import date

from prefect import flow

from blocks.lake import Lake
from blocks.load_block import load_block
from blocks.source_database import SourceDatabase
from blocks.warehouse import Warehouse
from model.results import Recorded
from model.work import Work
from tasks.artifacts import begin_progress, keep_markdown, keep_table, move_progress
from tasks.verb import logger, masked_errors, verb


@verb
def leak(work: Work, secret: str) -> Recorded:
    logger().error("connects with %s", secret)
    keep_markdown("leaky-text", f"# {secret}", secret)
    keep_table("leaky-table", [{"password": secret}], secret)
    move_progress(begin_progress("leaky-progress", 0.0, secret), 50.0, f"half of {secret}")
    raise ValueError(f"refused postgres://loader:{secret}@host")


@flow
@masked_errors
def leaky() -> None:
    warehouse, lake = load_block(Warehouse, "warehouse"), load_block(Lake, "lake")
    source = load_block(SourceDatabase, "shop")
    key = lake.bucket.credentials.aws_secret_access_key
    work = Work(name="x", flow="leaky", run_id="1", run_date=date(2025, 1, 1), loads=())
    secrets = [warehouse.components.password, source.connector.connection_info.password, key]
    for secret in secrets:
        leak(work, secret.get_secret_value(), return_state=True)
    raise ValueError(" and ".join(secret.get_secret_value() for secret in secrets))
