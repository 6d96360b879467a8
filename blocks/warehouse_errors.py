"""Errors of the warehouse's driver become ours, by SQLSTATE and text."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy.exc import DBAPIError

from model.errors import LoadError, TransientError, WarehouseError

# Connection lost, resources short, server going down; not 57014: who cancelled a statement does not want it again.
_TRANSIENT_STATES = ("08", "53", "57P")
# Source: https://docs.aws.amazon.com/redshift/latest/dg/c_serial_isolation.html
_TRANSIENT_TEXT = re.compile(
    r"\A1023\b|serializable isolation violation|conflict with concurrent transaction|deadlock detected"
    r"|S3ServiceException:.*(SlowDown|Status 50\d|InternalError|ServiceUnavailable)"
    r"|communication error|connection (is )?closed|server closed the connection|broken ?pipe|connection reset"
    r"|timed out",
    re.IGNORECASE | re.DOTALL,
)
_REFUSED = ("28", "3D")


def warehouse_error(error: DBAPIError, action: str) -> LoadError:
    """What `error` means for us; `action` completes "Cannot …".

    TransientError for lost connections, write conflicts and S3's own troubles; WarehouseError for the rest.
    """
    sqlstate, text = _facts(error)
    if sqlstate.startswith(_REFUSED):
        return WarehouseError(f"Cannot {action}: {text}. Check user, password and database of the warehouse block.")
    if error.connection_invalidated or sqlstate.startswith(_TRANSIENT_STATES) or _TRANSIENT_TEXT.search(text):
        return TransientError(f"Cannot {action}: {text}. This can pass: try again.")
    if not sqlstate and isinstance(error.orig, OSError):
        return TransientError(f"Cannot {action}: {text}. Check that the warehouse runs and lets us in.")
    return WarehouseError(f"Cannot {action}: {text} (SQLSTATE {sqlstate or 'unknown'}).")


def _facts(error: DBAPIError) -> tuple[str, str]:
    """SQLSTATE ('' where there is none) and text, of redshift_connector and psycopg2."""
    cause = error.orig
    found = cause.args[0] if cause is not None and cause.args else None
    if isinstance(found, Mapping):
        detail = f" {found['D']}" if found.get("D") else ""
        return str(found.get("C", "")), f"{found.get('M', '')}{detail}".strip().rstrip(".")
    text = ": ".join(str(part).strip() for part in cause.args) if cause is not None and cause.args else str(cause)
    return getattr(cause, "pgcode", None) or "", text.rstrip(".")
