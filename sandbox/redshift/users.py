"""Users as the endpoint checks them: password hashes, kept in the engine beside its roles."""

from __future__ import annotations

import hashlib
import hmac
import threading

from sandbox.redshift.engine import INTERNAL, Engine
from sandbox.redshift.lexer import literal
from sandbox.redshift.settings import Settings


class Users:
    """Looks users up over one connection of the engine's superuser, kept open."""

    def __init__(self, settings: Settings) -> None:
        self.engine = Engine(
            settings.engine_host, settings.engine_port, settings.engine_superuser, settings.database, INTERNAL
        )
        self.lock = threading.Lock()

    def password(self, user: str) -> str | None:
        """The stored hash; None for an unknown user, a disabled password or one past its VALID UNTIL."""
        with self.lock:
            rows = self.engine.run(
                "SELECT coalesce((SELECT substr(o, 11) FROM pg_db_role_setting d, unnest(d.setconfig) o"
                "   WHERE d.setrole = r.oid AND d.setdatabase = 0 AND o LIKE 'rs.sha256=%'), r.rolpassword)"
                f" FROM pg_authid r WHERE r.rolname = {literal(user)} AND r.rolcanlogin"
                " AND coalesce(r.rolvaliduntil > now(), true)"
            )
        return rows[0][0] if rows else None

    def parameters(self, user: str) -> list[tuple[str, str]]:
        """What ALTER USER … SET gave this user's new sessions."""
        with self.lock:
            rows = self.engine.run(
                "SELECT split_part(o, '=', 1), substr(o, strpos(o, '=') + 1) FROM pg_db_role_setting d"
                f" JOIN pg_roles r ON r.oid = d.setrole, unnest(d.setconfig) o WHERE r.rolname = {literal(user)}"
                " AND o NOT LIKE 'rs.sha256=%'"
            )
        return [(str(name), str(value)) for name, value in rows]

    def is_superuser(self, user: str) -> bool:
        with self.lock:
            rows = self.engine.run(f"SELECT 1 FROM pg_catalog.pg_roles WHERE rolsuper AND rolname = {literal(user)}")
        return bool(rows)


def md5_hash(password: str, user: str) -> str:
    """The stored form of a password. Source: r_CREATE_USER.md

    >>> md5_hash("secret", "ann")[:6]
    'md59d7'
    """
    return "md5" + hashlib.md5((password + user).encode()).hexdigest()  # noqa: S324 - the form Redshift stores


def md5_answer(stored: str, salt: bytes) -> str:
    """What a client that knows the password answers to AuthenticationMD5Password.

    Source: https://www.postgresql.org/docs/current/protocol-flow.html
    """
    return "md5" + hashlib.md5(stored[3:].encode() + salt).hexdigest()  # noqa: S324 - the protocol's own form


def matches_sha256(password: str, stored: str) -> bool:
    """Whether a password in clear fits `sha256|<digest>` or `sha256|<digest>|<salt>`. Source: r_CREATE_USER.md"""
    _, digest, *salt = stored.split("|")
    return hmac.compare_digest(hashlib.sha256((password + "".join(salt)).encode()).hexdigest(), digest.lower())
