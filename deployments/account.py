"""A Prefect account made ready, looked at, or cleared: every change as data, in the order in which it is applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prefect.client.orchestration import SyncPrefectClient

from deployments.blocks import block_changes, removed_blocks
from deployments.change import Change
from deployments.deploy import deployment_changes, found_deployments, removed_deployments
from deployments.messages import message_changes, removed_messages
from deployments.prefect_file import PrefectFile
from deployments.surroundings import limit_changes, pool_changes, removed_surroundings


def wanted_changes(client: SyncPrefectClient, file: PrefectFile, environment: Mapping[str, str]) -> Iterator[Change]:
    """What lies between the account and the file; a deployment comes after what it needs.

    Raises: ConfigError before the first change where something is wrong.
    """
    yield from block_changes(environment)
    yield from pool_changes(client, file)
    yield from limit_changes(client, file)
    yield from message_changes(client, file, environment)
    yield from deployment_changes(client, file)


def removals(client: SyncPrefectClient, file: PrefectFile) -> Iterator[Change]:
    """What `up` has made, in the reverse order."""
    yield from removed_deployments(client, found_deployments(client, file))
    yield from removed_messages(client, file)
    yield from removed_surroundings(client, file)
    yield from removed_blocks(client)
