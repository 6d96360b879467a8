"""The door to Prefect itself."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from prefect.logging.configuration import ensure_logging_setup
from prefect.logging.handlers import PrefectConsoleHandler
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_SERVER_ALLOW_EPHEMERAL_MODE,
    PREFECT_SERVER_ANALYTICS_ENABLED,
    PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS,
    temporary_settings,
)

from model.errors import ConfigError

# It takes ten seconds to start where nothing else is going on.
_OWN_SERVER: dict[Any, Any] = {
    PREFECT_SERVER_ALLOW_EPHEMERAL_MODE: True,
    PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS: 120,
}


@contextmanager
def prefect_api() -> Iterator[None]:
    """The Prefect server of the settings; where there is none, one of its own for as long as the block takes.

    For command lines: Prefect's own lines stay out of the terminal, for they say the same less well. They still go
    to the server.
    Raises: ConfigError where the server of the settings does not answer.
    """
    ensure_logging_setup()
    for logger in (logging.getLogger(), logging.getLogger("prefect")):
        for handler in logger.handlers:
            if isinstance(handler, PrefectConsoleHandler):
                handler.setLevel(logging.CRITICAL)
    own_server = {} if PREFECT_API_URL.value() else _OWN_SERVER
    with temporary_settings({**own_server, PREFECT_SERVER_ANALYTICS_ENABLED: False}):
        try:
            yield
        except httpx.TransportError as error:
            raise ConfigError(
                f"Cannot reach Prefect at '{PREFECT_API_URL.value()}': {error}. "
                "Start the server, or unset PREFECT_API_URL to do without."
            ) from error
