"""Text measured and cut in bytes of UTF-8; pure.

Undecodable bytes travel through Python strings as lone surrogates (`surrogateescape`).
"""

from __future__ import annotations

import re

_SURROGATE = re.compile("[\udc80-\udcff]")


def replace_invalid_bytes(value: bytes, character: str) -> str:
    """UTF-8 text in which each undecodable byte has become `character`.

    Source: AWS copy-parameters-data-conversion, ACCEPTINVCHARS.
    """
    return _SURROGATE.sub(character, value.decode("utf-8", "surrogateescape"))


def invalid_bytes(text: str) -> bytes:
    """The undecodable bytes in `text`; empty when there are none."""
    return b"".join(ord(found).to_bytes(2, "big")[1:] for found in _SURROGATE.findall(text))


def size_bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogateescape"))


def cut_bytes(text: str, limit: int) -> str:
    """The longest beginning of `text` with at most `limit` bytes that splits no character.

    >>> cut_bytes("éé", 3)
    'é'
    """
    return text.encode("utf-8", "surrogateescape")[:limit].decode("utf-8", "ignore")
