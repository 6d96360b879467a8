"""The door to Amazon Redshift: its SQL endpoint, its Data API, its state."""

from __future__ import annotations

import contextlib
import math
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from prefect.blocks.core import Block
from prefect_aws import AwsCredentials
from prefect_sqlalchemy import ConnectionComponents, SqlAlchemyConnector
from pydantic import Field, model_validator
from sqlalchemy.exc import DBAPIError

from blocks.lake import aws_client, aws_errors
from blocks.warehouse_errors import warehouse_error
from model.errors import TransientError
from model.running import at_work

_SESSION = "session"
# A silent server is given up some time after it should have ended the statement itself.
_SILENCE_SECONDS = 60
# A connection that was idle for longer may be gone, and is looked at before it is used.
_IDLE_SECONDS = 5


@contextmanager
def _worded(action: str) -> Iterator[None]:
    """The driver's errors in our words; redshift_connector lets those of the socket through as they are."""
    try:
        yield
    except DBAPIError as error:
        raise warehouse_error(error, action) from error.orig
    except (OSError, struct.error) as error:
        raise TransientError(f"Cannot {action}: the connection broke ({error}). This can pass: try again.") from error


def _look_at_idle(engine: sa.Engine) -> None:
    """Lets no connection be used that is lost: SQLAlchemy's own look costs a round trip for each transaction."""

    @sa.event.listens_for(engine, "checkin")
    def keep_time(_connection: object, record: sa.pool.ConnectionPoolEntry) -> None:
        record.info["used_at"] = time.monotonic()

    @sa.event.listens_for(engine, "handle_error")
    def doubt(context: sa.engine.ExceptionContext) -> None:
        if context.connection is not None:
            context.connection.info["is_doubted"] = True

    @sa.event.listens_for(engine, "checkout")
    def refuse_lost(connection: Any, record: sa.pool.ConnectionPoolEntry, _proxy: object) -> None:
        idle_seconds = time.monotonic() - record.info.get("used_at", math.inf)
        is_doubted = record.info.pop("is_doubted", False) or idle_seconds > _IDLE_SECONDS
        if is_doubted and not _answers(connection):
            raise sa.exc.DisconnectionError("the connection was lost while it was idle")


def _answers(connection: Any) -> bool:
    cursor = connection.cursor()
    try:
        cursor.execute("SELECT 1")
    except Exception:  # whatever a driver says of a lost connection, a new one is the answer
        return False
    finally:
        cursor.close()
    return True


class Transaction:
    """One transaction of the warehouse; runs statements that are text already."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection.execution_options(no_parameters=True)

    def run(self, statement: str) -> sa.CursorResult:
        return self._connection.exec_driver_sql(statement)


class Warehouse(Block):
    """A provisioned cluster or a Serverless workgroup, and the role by which it reads and writes the lake."""

    _block_type_name = "Warehouse"
    _block_type_slug = "warehouse"

    connector: SqlAlchemyConnector = Field(
        description="Connection; driver redshift+redshift_connector, or redshift+psycopg2, which gives no silent "
        "server up."
    )
    aws: AwsCredentials = Field(description="Credentials for the Data API and the cluster's state.")
    iam_role: str = Field(
        default="default",
        description="Role of COPY and UNLOAD: an ARN, or 'default' for the warehouse's own.",
    )
    cluster_identifier: str | None = Field(default=None, description="Of a provisioned cluster.")
    workgroup_name: str | None = Field(default=None, description="Of Redshift Serverless.")
    slice_count: int = Field(
        default=1, ge=1, description="Files for COPY come in multiples of it: SELECT COUNT(*) FROM stv_slices."
    )
    statement_timeout_seconds: int = Field(
        default=3600, ge=1, description="The warehouse ends a statement of ours that takes longer."
    )

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Warehouse:
        if bool(self.cluster_identifier) == bool(self.workgroup_name):
            raise ValueError("give either cluster_identifier or workgroup_name")
        return self

    @property
    def components(self) -> ConnectionComponents:
        info = self.connector.connection_info
        assert isinstance(info, ConnectionComponents)
        return info

    def of_database(self, name: str) -> Warehouse:
        """The same warehouse, connected to another of its databases."""
        components = self.components.model_copy(update={"database": name})
        connector = SqlAlchemyConnector(connection_info=components, connect_args=self.connector.connect_args)
        return Warehouse.model_validate(dict(self) | {"connector": connector})

    @cached_property
    def _engine(self) -> sa.Engine:
        engine = self.connector.get_engine(pool_size=1, max_overflow=8)

        @sa.event.listens_for(engine, "do_connect")
        def limit_silence(_dialect: object, _record: object, _arguments: object, parameters: dict[str, Any]) -> None:
            if engine.driver == "redshift_connector":
                parameters["timeout"] = self.statement_timeout_seconds + _SILENCE_SECONDS

        @sa.event.listens_for(engine, "connect")
        def limit_statements(connection: Any, record: Any) -> None:
            cursor = connection.cursor()
            cursor.execute(f"SET statement_timeout TO {self.statement_timeout_seconds * 1000}")
            cursor.execute("SELECT pg_backend_pid()")
            record.info[_SESSION] = cursor.fetchone()[0]
            cursor.close()
            connection.commit()

        _look_at_idle(engine)
        return engine

    @contextmanager
    def transaction(self, action: str) -> Iterator[Transaction]:
        """One transaction: commits at the end, rolls back on any error. `action` completes "Cannot …" in errors.

        Raises: TransientError for what can pass, WarehouseError for what the warehouse refuses.
        """
        with _worded(action), self._engine.begin() as connection, self._cancelled_with_us(connection):
            yield Transaction(connection)

    @contextmanager
    def autocommit(self, action: str) -> Iterator[Transaction]:
        """For statements that the warehouse takes outside a transaction only: each commits at once.

        Raises: as `transaction` does.
        """
        with _worded(action), self._engine.connect() as connection:
            connection.connection.rollback()  # ends what the look of the pool at the connection has begun
            with self._cancelled_with_us(connection):
                yield Transaction(connection.execution_options(isolation_level="AUTOCOMMIT"))

    @contextmanager
    def _cancelled_with_us(self, connection: sa.Connection) -> Iterator[None]:
        """Where the run itself is ended, so is the statement that it waits for: the warehouse would work on.

        Source: https://docs.aws.amazon.com/redshift/latest/dg/PG_CANCEL_BACKEND.html
        """
        session = int(connection.connection.info[_SESSION])

        def cancel() -> None:
            with self._engine.connect() as other:
                other.exec_driver_sql(f"SELECT pg_cancel_backend({session})")

        try:
            with at_work(cancel):
                yield
        except Exception:
            raise
        except BaseException:
            with contextlib.suppress(Exception):
                cancel()
            raise

    def release(self) -> None:
        """Closes idle connections, so that a wait holds none."""
        self._engine.dispose()

    @cached_property
    def data_api(self) -> Any:
        """A boto3 client of the Redshift Data API."""
        return aws_client(self.aws, "redshift-data")

    @cached_property
    def _state_api(self) -> Any:
        """A boto3 client that knows the state; to make one takes longer than to ask it."""
        return aws_client(self.aws, "redshift-serverless" if self.workgroup_name else "redshift")

    @property
    def data_api_target(self) -> dict[str, str]:
        """The arguments of a Data API call that name this warehouse."""
        database = str(self.components.database)
        if self.workgroup_name:
            return {"WorkgroupName": self.workgroup_name, "Database": database}
        return {
            "ClusterIdentifier": str(self.cluster_identifier),
            "Database": database,
            "DbUser": str(self.components.username),
        }

    def status(self) -> str:
        """The state as AWS names it, in lower case: `available`, `paused`, `modifying` …

        Source: https://docs.aws.amazon.com/redshift/latest/APIReference/API_Cluster.html
        """
        if self.workgroup_name:
            with aws_errors(f"look at workgroup '{self.workgroup_name}'"):
                found = self._state_api.get_workgroup(workgroupName=self.workgroup_name)
                return found["workgroup"]["status"].lower()
        with aws_errors(f"look at cluster '{self.cluster_identifier}'"):
            found = self._state_api.describe_clusters(ClusterIdentifier=self.cluster_identifier)
            return found["Clusters"][0]["ClusterStatus"].lower()
