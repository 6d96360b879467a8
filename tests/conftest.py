"""One sandbox for the whole test session."""

from collections.abc import Iterator

import pytest

from sandbox.servers import Sandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running
