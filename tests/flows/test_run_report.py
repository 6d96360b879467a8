"""What a load leaves in Prefect for people to look at."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from prefect import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.sorting import ArtifactSort

from flows.orders import orders
from model.errors import DataError
from model.patience import Patience


def artifacts(key: str) -> list:
    """All versions, the newest first."""
    with get_client(sync_client=True) as client:
        of_key = ArtifactFilter(key=ArtifactFilterKey(any_=[key]))
        return client.read_artifacts(artifact_filter=of_key, sort=ArtifactSort.CREATED_DESC)


def test_orders_leaves_a_report_of_its_way(world, monkeypatch):
    monkeypatch.setattr("reports.run_report._LIVE_SECONDS", 0.0)
    world.insert_orders(*((number, 1, datetime(2025, 1, 1, 12), "placed", number) for number in range(30)))
    orders(run_date=date(2025, 1, 1))
    world.insert_orders(*((number, 1, datetime(2025, 1, 2, 12), "placed", number) for number in range(30, 40)))
    orders(run_date=date(2025, 1, 2))

    second, first, *_ = [one.data for one in artifacts("load-mart-orders")]
    assert "# mart.orders 2025-01-02: published" in second
    assert "| publish | 10 inserted · 0 updated · 30 unchanged |" in second
    assert "| inserted | 10 | 30 | -20 |" in second
    assert "| target | 40 | 30 | +10 |" in second
    assert "## The last loads" in second and "████" in second
    assert "(https://s3.console.aws.amazon.com/s3/buckets/lake?prefix=orders_snapshot/dt=2025-01-02/)" in second
    assert "Against the load before" not in first
    live = artifacts("reads-mart-orders")[0]
    assert (live.type, float(live.data)) == ("progress", 100.0)
    assert "mart.orders 2025-01-02: 40 rows" in live.description


def test_orders_that_fails_leaves_a_report_too(world):
    with pytest.raises(DataError):
        orders(run_date=date(2025, 1, 3), patience=Patience(retries=0))
    assert "# mart.orders 2025-01-03: failed, nothing published" in artifacts("load-mart-orders")[0].data
