"""What deployments need around them: work pools and global limits, as prefect.yaml defines them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate, WorkPoolCreate, WorkPoolUpdate
from prefect.exceptions import ObjectNotFound

from deployments.change import Change, difference
from deployments.prefect_file import PrefectFile, WorkPool
from model.errors import ConfigError


def pool_changes(client: SyncPrefectClient, file: PrefectFile) -> Iterator[Change]:
    """The pools that a deployment uses.

    Raises: ConfigError where a pool of that name has another type: Prefect changes none.
    """
    for name, pool in file.used_pools.items():
        wanted = pool.model_dump(exclude={"type"})
        try:
            found = client.read_work_pool(name)
        except ObjectNotFound:
            yield Change("work pool", name, "create", apply=partial(_create_pool, client, name, pool))
            continue
        if found.type != pool.type:
            raise ConfigError(
                f"Cannot use work pool '{name}': it is of type {found.type} (expected {pool.type}). "
                "Name another in prefect.yaml, or delete it."
            )
        facts = difference(wanted, found.model_dump())
        update = partial(client.update_work_pool, name, WorkPoolUpdate(**wanted))
        yield Change("work pool", name, "change", facts, update) if facts else Change("work pool", name, "keep")


def _create_pool(client: SyncPrefectClient, name: str, pool: WorkPool) -> None:
    # A pool without a template takes that of its type from the server, which knows those of Prefect itself only.
    client.create_work_pool(WorkPoolCreate(name=name, **pool.model_dump(), base_job_template=pool.job_template()))


def limit_changes(client: SyncPrefectClient, file: PrefectFile) -> Iterator[Change]:
    """The limits that tasks of all runs share."""
    for name, most in file.definitions.global_limits.items():
        try:
            found = client.read_global_concurrency_limit_by_name(name).limit
        except ObjectNotFound:
            wanted = GlobalConcurrencyLimitCreate(name=name, limit=most)
            yield Change("limit", name, "create", apply=partial(client.create_global_concurrency_limit, wanted))
            continue
        if found == most:
            yield Change("limit", name, "keep")
        else:
            update = partial(client.upsert_global_concurrency_limit_by_name, name, most)
            yield Change("limit", name, "change", (f"{found} to {most}",), update)


def removed_surroundings(client: SyncPrefectClient, file: PrefectFile) -> Iterator[Change]:
    for name in file.definitions.global_limits:
        if any(limit.name == name for limit in client.read_global_concurrency_limits(limit=200)):
            yield Change("limit", name, "remove", apply=partial(client.delete_global_concurrency_limit_by_name, name))
    for name in file.used_pools:
        if any(pool.name == name for pool in client.read_work_pools()):
            yield Change("work pool", name, "remove", apply=partial(client.delete_work_pool, name))
