"""Blocks by name, or an error that says how to make them."""

from __future__ import annotations

from typing import TypeVar

from prefect.blocks.core import Block

from model.errors import ConfigError

AnyBlock = TypeVar("AnyBlock", bound=Block)


def load_block(block_type: type[AnyBlock], name: str) -> AnyBlock:
    """The saved block `name` of that type.

    Raises: ConfigError where there is none.
    """
    try:
        block = block_type.load(name, validate=False)
    except ValueError as error:
        raise ConfigError(
            f"Cannot find block '{block_type.get_block_type_slug()}/{name}': Prefect knows none of that name. "
            "Create it from the environment with: python -m deployments blocks"
        ) from error
    assert isinstance(block, block_type)
    return block
