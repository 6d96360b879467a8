import psycopg2
import pytest
import redshift_connector
from sqlalchemy.exc import DBAPIError

from blocks.warehouse_errors import warehouse_error
from model.errors import TransientError, WarehouseError


def raised(cause, invalidated=False):
    return DBAPIError("SELECT 1", {}, cause, connection_invalidated=invalidated)


def redshift(code, message, detail=""):
    return redshift_connector.error.ProgrammingError({"S": "ERROR", "C": code, "M": message, "D": detail})


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (redshift("XX000", "1023", "Serializable isolation violation on table - 100"), TransientError),
        (redshift("XX000", "could not complete because of conflict with concurrent transaction"), TransientError),
        (redshift("57014", "Query (12) cancelled on user's request"), WarehouseError),
        (redshift("57P01", "terminating connection due to administrator command"), TransientError),
        (
            redshift("XX000", "S3ServiceException:Please reduce your request rate.,Status 503,Error SlowDown"),
            TransientError,
        ),
        (redshift("XX000", "S3ServiceException:Access Denied,Status 403,Error AccessDenied"), WarehouseError),
        (redshift("42601", 'syntax error at or near "MERGEE"'), WarehouseError),
        (redshift("22001", "value too long for type character varying(1023)"), WarehouseError),
        (redshift("28000", 'password authentication failed for user "loader"'), WarehouseError),
        (redshift_connector.error.InterfaceError("communication error", OSError(111, "refused")), TransientError),
        (psycopg2.OperationalError("server closed the connection unexpectedly"), TransientError),
        (psycopg2.ProgrammingError('relation "t" does not exist'), WarehouseError),
    ],
)
def test_warehouse_error_only_what_can_pass_is_transient(cause, kind):
    error = warehouse_error(raised(cause), "publish 'mart.orders'")
    assert type(error) is kind
    assert str(error).startswith("Cannot publish 'mart.orders': ")


def test_warehouse_error_invalidated_connection_is_transient():
    assert isinstance(warehouse_error(raised(psycopg2.DatabaseError("gone"), True), "x"), TransientError)
