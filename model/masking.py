"""Secrets that are known to this process, masked in every text that leaves it."""

from __future__ import annotations

from urllib.parse import quote, quote_plus

_MASK = "********"
# A shorter one would stand in half of all words.
_SHORTEST = 4

_secrets: set[str] = set()


def remember_secret(secret: str) -> None:
    """From here on it is masked, also as it stands in an address."""
    if len(secret) >= _SHORTEST:
        _secrets.update((secret, quote(secret, safe=""), quote_plus(secret)))


def masked(text: str) -> str:
    """
    >>> remember_secret("p@ss")
    >>> masked("mysql://shop:p%40ss@db, password p@ss")
    'mysql://shop:********@db, password ********'
    """
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, _MASK)
    return text
