"""Text measured and cut in bytes of UTF-8; pure.

Undecodable bytes travel through Python strings as lone surrogates (`surrogateescape`).
"""

from __future__ import annotations

import re

_SURROGATE = re.compile("[\ud800-\udfff]")


def replace_invalid(text: str, character: str) -> str:
    """The text in which each undecodable byte has become `character`.

    Source: AWS copy-parameters-data-conversion, ACCEPTINVCHARS.
    """
    return _SURROGATE.sub(character, text)


def invalid_bytes(text: str) -> bytes:
    """The undecodable bytes in `text` (of a lone surrogate, its would-be encoding); empty when there are none."""
    found = _SURROGATE.findall(text)
    return b"".join(bytes([ord(it) & 0xFF]) if it >= "\udc80" else it.encode("utf-8", "surrogatepass") for it in found)


def size_bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def cut_bytes(text: str, limit: int) -> str:
    """The longest beginning of `text` with at most `limit` bytes that splits no character.

    >>> cut_bytes("éé", 3)
    'é'
    """
    return text.encode("utf-8", "replace")[:limit].decode("utf-8", "ignore")
