"""The examples in docstrings say what happens."""

import doctest
import importlib

import pytest

MODULES = [
    "sandbox.__main__",
    "sandbox.aws.data_api",
    "sandbox.aws.redshift_api",
    "sandbox.aws.sql_text",
    "sandbox.aws.statements",
    "sandbox.shop.orders",
    "sandbox.shop.seeding",
    "sandbox.shop.text_copy",
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_hold(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted
    assert not result.failed
