"""One sandbox for the whole test session; a test that needs it asks for `sandbox_environment`."""

import signal
from collections.abc import Iterator

import pytest

from sandbox.servers import Sandbox

# A shell's background job ignores both, and so would every server that the tests start: Prefect's worker ends by them.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A running sandbox, started by the first test that asks."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def sandbox_environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The sandbox's facts, also in os.environ as long as the test runs."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    return sandbox.environment
