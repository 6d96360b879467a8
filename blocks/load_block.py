"""Blocks by name, or an error that says how to make them."""

from __future__ import annotations

import os
from typing import TypeVar

from prefect.blocks.core import Block

from blocks.from_environment import block_from_environment, is_from_environment
from blocks.mask_logs import mask_secrets_of
from model.errors import ConfigError

AnyBlock = TypeVar("AnyBlock", bound=Block)


def load_block(block_type: type[AnyBlock], name: str) -> AnyBlock:
    """The saved block `name` of that type; where the environment names the connections, the one that is named there.

    Raises: ConfigError where there is none.
    """
    if is_from_environment(os.environ, name):
        named = block_from_environment(os.environ, block_type, name)
        assert isinstance(named, block_type)
        mask_secrets_of(named)
        return named
    try:
        block = block_type.load(name, validate=False)
    except ValueError as error:
        raise ConfigError(
            f"Cannot find block '{block_type.get_block_type_slug()}/{name}': Prefect knows none of that name. "
            "Create it from the environment with: python -m deployments blocks; or do without blocks: docs/access.md"
        ) from error
    assert isinstance(block, block_type)
    mask_secrets_of(block)
    return block
