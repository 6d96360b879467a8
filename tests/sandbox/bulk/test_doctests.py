"""The examples in the room's docstrings."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import sandbox.bulk

MODULES = [module.name for module in pkgutil.iter_modules(sandbox.bulk.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_doctest_examples_hold(name: str) -> None:
    module = importlib.import_module(f"sandbox.bulk.{name}")
    assert doctest.testmod(module).failed == 0
