"""The Redshift Data API (2019-12-20), on the sandbox's own SQL endpoint.

Source: Redshift Data API reference; texts of errors as quoted in public issues.
"""

from __future__ import annotations

import base64
import binascii
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import botocore.session
import psycopg2
from botocore.validate import ParamValidator

from sandbox.aws import catalog
from sandbox.aws.cluster import Facts
from sandbox.aws.front import ApiError
from sandbox.aws.results import column_metadata, read_values_as_text, records
from sandbox.aws.sql_text import literal, parameter_names
from sandbox.aws.statements import FINAL, Runner, Session, SqlState, Statement, new_id

SQL_LIMIT_BYTES = 100 * 1024
ACTIVE_LIMIT = 500
KEPT_SECONDS = 24 * 3600
PAGE_ROWS = 100
TARGET_MEMBERS = ("ClusterIdentifier", "WorkgroupName", "Database", "DbUser", "SecretArn")
LIMITS = {
    "ClientToken": (1, 64),
    "StatementName": (0, 2048),
    "Sqls": (1, 40),
}
RANGES = {"WaitTimeSeconds": (1, 30), "SessionKeepAliveSeconds": (0, 86400), "MaxResults": (0, 1000)}

Item = TypeVar("Item")


class DataApi:
    """Answers one request. `read_secret` gives the content of a secret, None when there is none."""

    def __init__(self, facts: Facts, read_secret: Callable[[str, Facts], dict[str, str] | None]) -> None:
        self.facts = facts
        self.read_secret = read_secret
        self.model = botocore.session.get_session().get_service_model("redshift-data")
        self.lock = threading.Lock()
        self.runner = Runner(self.connect, self.lock)
        self.statements: dict[str, Statement] = {}
        self.tokens: dict[str, str] = {}
        self.sessions: dict[str, Session] = {}
        self.operations: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "ExecuteStatement": lambda request: self.submit(request, [request["Sql"]], is_batch=False),
            "BatchExecuteStatement": lambda request: self.submit(request, request["Sqls"], is_batch=True),
            "DescribeStatement": self.describe_statement,
            "GetStatementResult": self.get_statement_result,
            "ListStatements": self.list_statements,
            "CancelStatement": self.cancel_statement,
            "ListDatabases": lambda request: self.look_up(request, "Databases", catalog.list_databases),
            "ListSchemas": lambda request: self.look_up(request, "Schemas", catalog.list_schemas),
            "ListTables": lambda request: self.look_up(request, "Tables", catalog.list_tables),
            "DescribeTable": lambda request: {
                **self.look_up(request, "ColumnList", catalog.describe_table),
                "TableName": request.get("Table", ""),
            },
        }

    def __call__(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if operation not in self.operations:
            raise ApiError("UnknownOperationException", f"The sandbox has no operation {operation}.")
        self.validate(operation, request)
        return self.operations[operation](request)

    def validate(self, operation: str, request: dict[str, Any]) -> None:
        """Raises: ApiError for members that the operation does not have, or has otherwise."""
        report = ParamValidator().validate(request, self.model.operation_model(operation).input_shape)
        if report.has_errors():
            raise invalid(report.generate_report())
        for name, (least, most) in LIMITS.items():
            if name in request and not least <= len(request[name]) <= most:
                raise invalid(f"{name} must have a length between {least} and {most}.")
        for name, (least, most) in RANGES.items():
            if name in request and not least <= request[name] <= most:
                raise invalid(f"{name} must be between {least} and {most}.")
        if request.get("ResultFormat", "JSON") != "JSON" or request.get("WithEvent"):
            raise invalid("The sandbox has neither ResultFormat CSV nor WithEvent.")

    def submit(self, request: dict[str, Any], sqls: list[str], is_batch: bool) -> dict[str, Any]:
        """Begin a statement; return before it has run, unless WaitTimeSeconds allows more."""
        parameters = request.get("Parameters", [])
        check_sql(sqls, parameters)
        with self.lock:
            self.forget_old()
            known = self.tokens.get(request.get("ClientToken", ""))
            statement = self.statements[known] if known else self.begin(request, sqls, is_batch, parameters)
        if not known:
            self.runner.submit(statement)
        self.runner.wait(statement, request.get("WaitTimeSeconds", 0))
        answer: dict[str, Any] = {"Id": statement.id, "CreatedAt": statement.created_at, **statement.target}
        if statement.session:
            answer["SessionId"] = statement.session.id
        if "WaitTimeSeconds" in request:
            has_result = statement.columns is not None
            answer |= {"Status": statement.status, "HasResultSet": has_result, "RedshiftPid": statement.pid}
        return answer

    def begin(
        self, request: dict[str, Any], sqls: list[str], is_batch: bool, parameters: list[dict[str, str]]
    ) -> Statement:
        """Make the record of a new statement. The lock is held."""
        if sum(each.status not in FINAL for each in self.statements.values()) >= ACTIVE_LIMIT:
            raise ApiError("ActiveStatementsExceededException", f"Active statements exceeded the limit {ACTIVE_LIMIT}.")
        session = self.session_of(request)
        identifier = new_id()
        ids = [f"{identifier}:{number}" if is_batch else identifier for number in range(1, len(sqls) + 1)]
        statement = Statement(
            id=identifier,
            sql=";\n".join(sqls),
            target=session.target if session else self.target_of(request),
            name=request.get("StatementName", ""),
            parameters=parameters,
            parts=[SqlState(part_id, sql) for part_id, sql in zip(ids, sqls, strict=True)],
            is_batch=is_batch,
            is_one_transaction=request.get("ExecutionMode", "TRANSACTION") == "TRANSACTION",
            session=session,
        )
        self.statements[identifier] = statement
        if request.get("ClientToken"):
            self.tokens[request["ClientToken"]] = identifier
        return statement

    def session_of(self, request: dict[str, Any]) -> Session | None:
        """The session that a request names or begins; None for neither. The lock is held."""
        keep_alive = request.get("SessionKeepAliveSeconds", 0)
        identifier = request.get("SessionId")
        if identifier is None:
            if not keep_alive:
                return None
            session = Session(new_id(), self.target_of(request), keep_alive, is_busy=True)
            self.sessions[session.id] = session
            return session
        if identifier not in self.sessions:
            raise invalid(f"Session with Id: {identifier} is invalid.")
        session = self.sessions[identifier]
        if session.is_busy:
            raise invalid(f"Session {identifier} is busy with another statement.")
        if not session.connection or time.monotonic() >= session.ends_at:
            raise invalid("Session is not available.")
        if any(name in request and request[name] != session.target.get(name) for name in TARGET_MEMBERS):
            raise invalid(f"Session {identifier} belongs to another database or user.")
        session.is_busy, session.ends_at = True, float("inf")
        session.keep_alive_seconds = keep_alive or session.keep_alive_seconds
        return session

    def forget_old(self) -> None:
        """Drop statements after a day. The lock is held."""
        oldest = time.time() - KEPT_SECONDS
        self.statements = {key: each for key, each in self.statements.items() if each.created_at > oldest}
        self.tokens = {token: key for token, key in self.tokens.items() if key in self.statements}

    def target_of(self, request: dict[str, Any]) -> dict[str, Any]:
        """Where and as whom to run, checked. Raises: ApiError."""
        target = {name: request[name] for name in TARGET_MEMBERS if name in request}
        cluster, workgroup = target.get("ClusterIdentifier"), target.get("WorkgroupName")
        if cluster is None and workgroup is None:
            raise invalid("Either ClusterIdentifier or WorkgroupName needs to be specified.")
        if cluster is not None and workgroup is not None:
            raise invalid("Only one of ClusterIdentifier and WorkgroupName may be specified.")
        if cluster not in (None, self.facts.cluster) or workgroup not in (None, self.facts.workgroup):
            raise invalid("Redshift endpoint doesn't exist in this region.")
        if "Database" not in target:
            raise invalid("Database needs to be specified.")
        if "SecretArn" in target:
            if "DbUser" in target:
                raise invalid("Only one of SecretArn and DbUser may be specified.")
            secret = self.read_secret(target["SecretArn"], self.facts)
            if secret is None:
                raise invalid(f"Secret {target['SecretArn']} does not exist.")
            if not (secret.get("username") and secret.get("password")):
                raise invalid("username and password in secret cannot be empty")
        return target

    def connect(self, target: dict[str, Any]) -> Any:
        """A connection to the SQL endpoint as the user of the secret, as DbUser, or as the admin."""
        user, password = self.facts.admin_user, self.facts.admin_password
        if "SecretArn" in target:
            secret = self.read_secret(target["SecretArn"], self.facts) or {}
            user, password = secret["username"], secret["password"]
        connection = psycopg2.connect(
            host=self.facts.host,
            port=self.facts.port,
            dbname=target.get("ConnectedDatabase", target["Database"]),
            user=user,
            password=password,
            connect_timeout=10,
        )
        connection.autocommit = True
        read_values_as_text(connection)
        db_user = target.get("DbUser", user)
        if db_user != user and "WorkgroupName" not in target:
            try:
                connection.cursor().execute(f"SET SESSION AUTHORIZATION {literal(db_user)}")
            except psycopg2.Error:
                connection.close()
                raise
        return connection

    def describe_statement(self, request: dict[str, Any]) -> dict[str, Any]:
        statement, part = self.find(request["Id"])
        self.runner.wait(statement, request.get("WaitTimeSeconds", 0))
        state = part or statement
        answer = {
            **describe_sql(state),
            **statement.target,
            "RedshiftPid": statement.pid,
            "ResultFormat": "JSON",
        }
        if statement.parameters:
            answer["QueryParameters"] = statement.parameters
        if statement.session:
            answer["SessionId"] = statement.session.id
        if statement.is_batch and part is None:
            answer["SubStatements"] = [describe_sql(each) for each in statement.parts]
            answer["ExecutionMode"] = "TRANSACTION" if statement.is_one_transaction else "AUTO_COMMIT"
            answer["HasResultSet"] = any(each.columns is not None for each in statement.parts)
        return answer

    def get_statement_result(self, request: dict[str, Any]) -> dict[str, Any]:
        """One page of rows, of a finished statement or sub-statement that has a result set."""
        statement, part = self.find(request["Id"])
        self.runner.wait(statement, request.get("WaitTimeSeconds", 0))
        state = part or statement
        if state.status != "FINISHED" or state.columns is None:
            text = "Query does not have result. Please check query status with DescribeStatement."
            raise ApiError("ResourceNotFoundException", text, fields={"ResourceId": request["Id"]})
        rows, token = page(state.rows, PAGE_ROWS, request.get("NextToken"))
        return {
            "Records": records(state.columns, rows),
            "ColumnMetadata": [column_metadata(column) for column in state.columns],
            "TotalNumRows": len(state.rows),
            **token,
        }

    def list_statements(self, request: dict[str, Any]) -> dict[str, Any]:
        """Newest first; FINISHED ones unless a status is named; `StatementName` is a prefix."""
        if request.get("MaxResults", 0) > 100:
            raise invalid("MaxResults must be between 0 and 100.")
        status = request.get("Status", "FINISHED")
        wanted = {name: request[name] for name in TARGET_MEMBERS if name in request}
        found = [
            each
            for each in list(self.statements.values())
            if status in ("ALL", each.status)
            and each.name.startswith(request.get("StatementName", ""))
            and all(each.target.get(name) == value for name, value in wanted.items())
        ]
        found.sort(key=lambda each: each.created_at, reverse=True)
        shown, token = page(found, request.get("MaxResults") or 100, request.get("NextToken"))
        return {"Statements": [summary(each) for each in shown], **token}

    def cancel_statement(self, request: dict[str, Any]) -> dict[str, Any]:
        statement, part = self.find(request["Id"])
        if part is not None and statement.is_batch:
            raise invalid("Sub-statement can not be cancelled.")
        if statement.status in FINAL:
            raise invalid(
                f"Could not cancel a query that is already in {statement.status} state with ID: {statement.id}."
            )
        self.runner.cancel(statement)
        return {"Status": statement.status == "ABORTED"}

    def find(self, identifier: str) -> tuple[Statement, SqlState | None]:
        """A statement, and the sub-statement if the id names one. Raises: ResourceNotFoundException."""
        identifier, _, number = identifier.partition(":")
        statement = self.statements.get(identifier)
        if statement and not number:
            return statement, None
        if statement and statement.is_batch and number.isdigit() and 1 <= int(number) <= len(statement.parts):
            return statement, statement.parts[int(number) - 1]
        raise ApiError("ResourceNotFoundException", "Query does not exist.", fields={"ResourceId": identifier})

    def look_up(
        self, request: dict[str, Any], member: str, read: Callable[[Any, dict[str, Any]], list[Any]]
    ) -> dict[str, Any]:
        """Answer from the catalog at once. Raises: DatabaseConnectionException."""
        try:
            target = self.target_of(request)
            if "ConnectedDatabase" in request:
                target["ConnectedDatabase"] = request["ConnectedDatabase"]
            connection = self.connect(target)
        except psycopg2.Error as error:
            raise ApiError("DatabaseConnectionException", str(error).strip(), 500) from error
        try:
            found = read(connection, request)
        except psycopg2.Error as error:
            raise ApiError("InternalServerException", str(error).strip(), 500) from error
        finally:
            connection.close()
        shown, token = page(found, request.get("MaxResults") or 1000, request.get("NextToken"))
        return {member: shown, **token}


def check_sql(sqls: Sequence[str], parameters: Sequence[dict[str, str]]) -> None:
    """Raises: ValidationException for a text that is empty or too long, and for parameters that nobody uses."""
    if any(not sql.strip() for sql in sqls):
        raise invalid("Sql must not be empty.")
    if any(len(sql.encode()) > SQL_LIMIT_BYTES for sql in sqls):
        raise invalid("Cannot process query string larger than 100kB")
    if any(not each["value"] for each in parameters):
        raise invalid("A parameter's value must have a length of at least 1.")
    used = {name for sql in sqls for name in parameter_names(sql)}
    if unused := [each["name"] for each in parameters if each["name"] not in used]:
        raise invalid(f"Parameters list contains unused parameters. Unused parameters: [{', '.join(unused)}]")


def describe_sql(state: SqlState) -> dict[str, Any]:
    """The members that a statement and a sub-statement share."""
    answer = {
        "Id": state.id,
        "QueryString": state.sql,
        "Status": state.status,
        "CreatedAt": state.created_at,
        "UpdatedAt": state.updated_at,
        "Duration": state.duration_ns,
        "HasResultSet": state.columns is not None,
        "ResultRows": state.row_count,
        "ResultSize": state.size_bytes if state.status == "FINISHED" else -1,
        "RedshiftQueryId": 0,
    }
    return {**answer, "Error": state.error} if state.error else answer


def summary(statement: Statement) -> dict[str, Any]:
    """One statement as ListStatements shows it."""
    text = {"QueryStrings": [part.sql for part in statement.parts]} if statement.is_batch else {}
    return {
        "Id": statement.id,
        "QueryString": statement.sql,
        **text,
        "Status": statement.status,
        "StatementName": statement.name,
        "IsBatchStatement": statement.is_batch,
        "CreatedAt": statement.created_at,
        "UpdatedAt": statement.updated_at,
    }


def page(items: Sequence[Item], size: int, token: str | None) -> tuple[list[Item], dict[str, str]]:
    """The items from a token's place on, and the token of the next page where there is one.

    >>> items, token = page("abc", 2, None)
    >>> items, page("abc", 2, token["NextToken"])
    (['a', 'b'], (['c'], {}))
    """
    try:
        start = int(base64.b64decode(token, validate=True)) if token else 0
    except (ValueError, binascii.Error):
        raise invalid("NextToken is invalid.") from None
    end = start + size
    more = {"NextToken": base64.b64encode(str(end).encode()).decode()} if end < len(items) else {}
    return list(items[start:end]), more


def invalid(message: str) -> ApiError:
    return ApiError("ValidationException", message)
