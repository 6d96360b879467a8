"""Passwords of the warehouse's users: what is allowed, and the form in which the warehouse keeps them."""

from __future__ import annotations

import hashlib
import secrets
import string

_FORBIDDEN = "'\"\\/@ "
_MADE_LENGTH = 24


def password_flaw(password: str) -> str | None:
    """What the warehouse would refuse it for; None where it is allowed.

    >>> password_flaw("correct-Horse-7"), password_flaw("correct-horse-7")
    (None, 'it has no upper-case letter')

    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html
    """
    if not 8 <= len(password) <= 64:
        return f"it has {len(password)} characters (expected 8 to 64)"
    if not all("!" <= character <= "~" and character not in _FORBIDDEN for character in password):
        return "it has a character that is not allowed (expected printable ASCII without ' \" \\ / @ and blanks)"
    for name, alphabet in (
        ("upper-case letter", string.ascii_uppercase),
        ("lower-case letter", string.ascii_lowercase),
        ("digit", string.digits),
    ):
        if not set(alphabet) & set(password):
            return f"it has no {name}"
    return None


def make_password() -> str:
    """A random one that is allowed."""
    alphabet = string.ascii_letters + string.digits
    while password_flaw(made := "".join(secrets.choice(alphabet) for _ in range(_MADE_LENGTH))):
        pass
    return made


def stored_password(password: str, user: str) -> str:
    """The form in which the warehouse keeps it, and which CREATE USER takes: so the password itself stands in no log.

    Of both forms the one that is documented to the letter, and that every client can log in with.

    >>> stored_password("ez", "user1")
    'md5153c434b4b77c89e6b94f12c5393af5b'

    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html
    """
    return "md5" + hashlib.md5((password + user).encode()).hexdigest()  # noqa: S324 - the form that Redshift keeps
