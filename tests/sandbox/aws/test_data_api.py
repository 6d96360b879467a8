"""The Data API's rules, one test each. Source of all: Redshift Data API reference, unless a test says otherwise."""

import json
import re
import time
import urllib.error
import urllib.request
import uuid

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

TARGET = {"ClusterIdentifier": "sandbox", "Database": "dev"}


@pytest.fixture
def client(sandbox_environment):
    return boto3.client("redshift-data", config=Config(parameter_validation=False, retries={"max_attempts": 0}))


@pytest.fixture
def table(client):
    """A table of three rows, one of them all NULL."""
    name = f"data_api_{uuid.uuid4().hex}"
    columns = "i bigint, s varchar(20), n numeric(18,2), t timestamp, b boolean, f double precision, d date"
    finished(client, f"create table {name} ({columns})")
    finished(
        client,
        f"insert into {name} values (1, 'one', 9999999999999999.99, '2025-01-01 00:00:00.5', true, 0.5, '2025-01-01'),"
        f" (2, 'it''s', -1.50, '2025-01-02 10:00:00', false, 1e300, '2025-01-02'),"
        " (null, null, null, null, null, null, null)",
    )
    yield name
    finished(client, f"drop table {name}")


def execute(client, sql, **members):
    """The description of a statement that has ended."""
    submitted = client.execute_statement(Sql=sql, WaitTimeSeconds=20, **{**TARGET, **members})
    return client.describe_statement(Id=submitted["Id"])


def finished(client, sql, **members):
    described = execute(client, sql, **members)
    assert described["Status"] == "FINISHED", described.get("Error")
    return described


def fetch(client, sql, **members):
    result = client.get_statement_result(Id=finished(client, sql, **members)["Id"])
    return [[None if "isNull" in field else next(iter(field.values())) for field in row] for row in result["Records"]]


def batch(client, *sqls, **members):
    submitted = client.batch_execute_statement(Sqls=list(sqls), WaitTimeSeconds=20, **{**TARGET, **members})
    return client.describe_statement(Id=submitted["Id"])


def refusal(call, **members):
    with pytest.raises(ClientError) as refused:
        call(**members)
    return refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]


def test_execute_wrong_sql_is_accepted_and_fails_later(client):
    submitted = client.execute_statement(Sql="select * from no_such_table", **TARGET)
    assert re.fullmatch(r"[0-9a-f-]{36}", submitted["Id"])
    described = client.describe_statement(Id=submitted["Id"], WaitTimeSeconds=20)
    assert described["Status"] == "FAILED"
    assert described["Error"] == 'ERROR: relation "no_such_table" does not exist'
    assert (described["HasResultSet"], described["ResultRows"]) == (False, -1)


def test_execute_without_wait_returns_before_the_end(client, table):
    submitted = client.execute_statement(Sql=slow(table), **TARGET)
    assert "Status" not in submitted
    described = client.describe_statement(Id=submitted["Id"])
    assert described["Status"] in ("SUBMITTED", "PICKED", "STARTED")
    assert (described["Duration"], described["HasResultSet"]) == (-1, False)
    client.cancel_statement(Id=submitted["Id"])


def test_execute_with_wait_returns_status(client):
    submitted = client.execute_statement(Sql="select 1", WaitTimeSeconds=20, **TARGET)
    assert (submitted["Status"], submitted["HasResultSet"]) == ("FINISHED", True)


def test_describe_finished_select_tells_rows_and_nanoseconds(client, table):
    described = finished(client, f"select * from {table}")
    assert (described["ResultRows"], described["HasResultSet"]) == (3, True)
    assert 10_000 < described["Duration"] < 10_000_000_000
    assert described["QueryString"] == f"select * from {table}"
    assert (described["ClusterIdentifier"], described["Database"]) == ("sandbox", "dev")


def test_describe_update_tells_affected_rows(client, table):
    described = finished(client, f"update {table} set s = 'x' where i > 0")
    assert (described["ResultRows"], described["HasResultSet"]) == (2, False)


def test_describe_unknown_id_is_not_found(client):
    assert refusal(client.describe_statement, Id=str(uuid.uuid4()))[0] == "ResourceNotFoundException"


def test_execute_neither_cluster_nor_workgroup_is_refused(client):
    text = "Either ClusterIdentifier or WorkgroupName needs to be specified."
    assert refusal(client.execute_statement, Sql="select 1", Database="dev") == ("ValidationException", text)


def test_execute_unknown_cluster_is_refused(client):
    """Source: aws-cdk#30536."""
    members = {"Sql": "select 1", "Database": "dev", "ClusterIdentifier": "other"}
    text = "Redshift endpoint doesn't exist in this region."
    assert refusal(client.execute_statement, **members) == ("ValidationException", text)


def test_execute_workgroup_runs(client):
    submitted = client.execute_statement(Sql="select 1", Database="dev", WorkgroupName="sandbox", WaitTimeSeconds=20)
    assert (submitted["Status"], submitted["WorkgroupName"]) == ("FINISHED", "sandbox")


def test_execute_secret_is_the_user(client):
    secret = boto3.client("secretsmanager").describe_secret(SecretId="sandbox/redshift")["ARN"]
    assert fetch(client, "select current_user", SecretArn=secret) == [["awsuser"]]
    members = {"Sql": "select 1", **TARGET, "SecretArn": f"{secret}x"}
    assert refusal(client.execute_statement, **members)[0] == "ValidationException"


def test_execute_empty_password_in_secret_is_refused(client):
    """Source: boto3#2899."""
    name = f"empty-{uuid.uuid4()}"
    boto3.client("secretsmanager").create_secret(Name=name, SecretString='{"username": "awsuser"}')
    members = {"Sql": "select 1", **TARGET, "SecretArn": name}
    assert refusal(client.execute_statement, **members)[1] == "username and password in secret cannot be empty"


def test_execute_more_than_100_kb_is_refused(client):
    sql = f"select '{'x' * 100 * 1024}'"
    text = "Cannot process query string larger than 100kB"
    assert refusal(client.execute_statement, Sql=sql, **TARGET) == ("ValidationException", text)


@pytest.mark.parametrize(
    ("request_body", "word"),
    [
        ({"Sql": "select 1", "Shade": "blue"}, "Shade"),
        ({"Database": "dev"}, "Sql"),
        ({"Sql": "select 1", "WaitTimeSeconds": 31}, "WaitTimeSeconds"),
        ({"Sql": "select 1", "ResultFormat": "CSV"}, "ResultFormat"),
    ],
)
def test_execute_wrong_member_is_refused(sandbox_environment, request_body, word):
    """As plain HTTP, because boto3 does not send such a request."""
    headers = {"X-Amz-Target": "RedshiftData.ExecuteStatement", "Content-Type": "application/x-amz-json-1.1"}
    body = json.dumps({**TARGET, **request_body}).encode()
    request = urllib.request.Request(sandbox_environment["AWS_ENDPOINT_URL"], body, headers)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    answer = json.loads(refused.value.read())
    assert (refused.value.code, answer["__type"]) == (400, "ValidationException")
    assert word in answer["Message"]


def test_execute_two_statements_fails(client):
    """Source: redshift_connector#46."""
    error = execute(client, "select 1; select 2")["Error"]
    assert error == "ERROR: cannot insert multiple commands into a prepared statement"


def test_execute_parameters_take_the_place_of_names(client, table):
    sql = f"select i, ':s' from {table} where s = :s and i::int = :n -- not :here"
    parameters = [{"name": "s", "value": "it's"}, {"name": "n", "value": "2"}]
    assert fetch(client, sql, Parameters=parameters) == [[2, ":s"]]


@pytest.mark.parametrize("value", ["back\\slash", "quote's", "line\nbreak", "é🎂", "'; drop table x; --"])
def test_execute_parameter_value_arrives_exactly(client, table, value):
    finished(client, f"insert into {table} (i, s) values (7, :s)", Parameters=[{"name": "s", "value": value}])
    assert fetch(client, f"select s from {table} where i = 7") == [[value]]


def test_execute_unused_parameter_is_refused(client):
    members = {"Sql": "select :a", "Parameters": [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]}
    code, text = refusal(client.execute_statement, **members, **TARGET)
    assert code == "ValidationException"
    assert text == "Parameters list contains unused parameters. Unused parameters: [b]"


def test_execute_empty_parameter_value_is_refused(client):
    members = {"Sql": "select :a", "Parameters": [{"name": "a", "value": ""}]}
    assert refusal(client.execute_statement, **members, **TARGET)[0] == "ValidationException"


def test_execute_same_client_token_runs_once(client, table):
    token = str(uuid.uuid4())
    sql = f"insert into {table} (i) values (100)"
    ids = {client.execute_statement(Sql=sql, ClientToken=token, WaitTimeSeconds=20, **TARGET)["Id"] for _ in range(3)}
    assert len(ids) == 1
    assert fetch(client, f"select count(*) from {table} where i = 100") == [[1]]


def test_execute_each_statement_is_a_session_of_its_own(client):
    """Source: aws-sdk#322."""
    finished(client, "create temp table gone as select 1 as a")
    assert execute(client, "select * from gone")["Status"] == "FAILED"


def test_execute_session_keeps_temporary_table(client):
    begun = client.execute_statement(
        Sql="create temp table stays as select 1 as a", SessionKeepAliveSeconds=60, WaitTimeSeconds=20, **TARGET
    )
    next_one = client.execute_statement(Sql="select * from stays", SessionId=begun["SessionId"], WaitTimeSeconds=20)
    assert (next_one["Status"], next_one["SessionId"]) == ("FINISHED", begun["SessionId"])


def test_execute_ended_or_unknown_session_is_refused(client):
    """Source: awslabs/mcp#4587."""
    begun = client.execute_statement(Sql="select 1", SessionKeepAliveSeconds=1, WaitTimeSeconds=20, **TARGET)
    time.sleep(1.1)
    ended = refusal(client.execute_statement, Sql="select 1", SessionId=begun["SessionId"])
    assert ended == ("ValidationException", "Session is not available.")
    unknown = str(uuid.uuid4())
    text = f"Session with Id: {unknown} is invalid."
    assert refusal(client.execute_statement, Sql="select 1", SessionId=unknown) == ("ValidationException", text)


def test_batch_is_one_transaction(client, table):
    described = batch(
        client, f"insert into {table} (i) values (50)", "select 1", "select * from no_such_table", "select 2"
    )
    assert described["Status"] == "FAILED"
    assert described["Error"] == 'Query #3 failed with ERROR: relation "no_such_table" does not exist'
    parts = described["SubStatements"]
    assert [part["Status"] for part in parts] == ["FINISHED", "FINISHED", "FAILED", "ABORTED"]
    assert [part["Id"] for part in parts] == [f"{described['Id']}:{number}" for number in (1, 2, 3, 4)]
    assert fetch(client, f"select count(*) from {table} where i = 50") == [[0]]


def test_batch_auto_commit_keeps_what_succeeded(client, table):
    sqls = (f"insert into {table} (i) values (50)", "select * from no_such_table", "select 2")
    described = batch(client, *sqls, ExecutionMode="AUTO_COMMIT")
    assert [part["Status"] for part in described["SubStatements"]] == ["FINISHED", "FAILED", "FINISHED"]
    assert fetch(client, f"select count(*) from {table} where i = 50") == [[1]]


def test_batch_result_is_fetched_by_sub_statement(client):
    described = batch(client, "select 1", "select 2")
    assert described["HasResultSet"]
    result = client.get_statement_result(Id=f"{described['Id']}:2")
    assert result["Records"] == [[{"longValue": 2}]]
    assert refusal(client.get_statement_result, Id=described["Id"])[0] == "ResourceNotFoundException"


def test_batch_more_than_40_statements_is_refused(client):
    assert refusal(client.batch_execute_statement, Sqls=["select 1"] * 41, **TARGET)[0] == "ValidationException"


def test_result_types_arrive_in_their_fields(client, table):
    result = client.get_statement_result(Id=finished(client, f"select * from {table} order by i")["Id"])
    assert result["Records"][0] == [
        {"longValue": 1},
        {"stringValue": "one"},
        {"stringValue": "9999999999999999.99"},
        {"stringValue": "2025-01-01 00:00:00.5"},
        {"booleanValue": True},
        {"doubleValue": 0.5},
        {"stringValue": "2025-01-01"},
    ]
    assert result["Records"][2] == [{"isNull": True}] * 7
    types = [(column["typeName"], column["precision"], column["scale"]) for column in result["ColumnMetadata"]]
    assert types[:3] == [("int8", 19, 0), ("varchar", 20, 0), ("numeric", 18, 2)]


def test_result_many_rows_come_in_pages(client, table):
    insert = f"insert into {table} (i) select a.i * 100 + b.i * 10 + c.i from {table} a, {table} b, {table} c"
    for _ in range(2):
        finished(client, insert)
    described = finished(client, f"select i from {table}")
    pages = list(client.get_paginator("get_statement_result").paginate(Id=described["Id"]))
    assert len(pages) > 1
    assert sum(len(page["Records"]) for page in pages) == described["ResultRows"] == pages[0]["TotalNumRows"]
    assert "NextToken" not in pages[-1]


def test_result_no_rows_is_a_result(client, table):
    described = finished(client, f"select i from {table} where i < 0")
    assert described["HasResultSet"]
    assert client.get_statement_result(Id=described["Id"])["Records"] == []


def test_result_of_insert_is_not_found(client, table):
    described = finished(client, f"insert into {table} (i) values (1)")
    text = "Query does not have result. Please check query status with DescribeStatement."
    assert refusal(client.get_statement_result, Id=described["Id"]) == ("ResourceNotFoundException", text)


def test_list_shows_finished_ones_of_a_name_prefix_newest_first(client):
    prefix = uuid.uuid4().hex
    ids = [finished(client, "select 1", StatementName=f"{prefix}-{number}")["Id"] for number in range(2)]
    failed = execute(client, "select * from no_such_table", StatementName=f"{prefix}-2")["Id"]

    def listed(**members):
        return [each["Id"] for each in client.list_statements(**members)["Statements"]]

    assert listed(StatementName=prefix) == ids[::-1]
    assert listed(StatementName=prefix, Status="ALL") == [failed, *ids[::-1]]
    assert listed(StatementName=prefix.upper()) == []
    first = client.list_statements(StatementName=prefix, MaxResults=1)
    assert listed(StatementName=prefix, NextToken=first["NextToken"]) == [ids[0]]
    assert refusal(client.list_statements, MaxResults=101)[0] == "ValidationException"


def slow(table):
    """A query that runs for minutes."""
    many = ", ".join(f"{table} t{number}" for number in range(20))
    return f"select count(*) from {many}"


def test_cancel_running_statement_aborts_it(client, table):
    submitted = client.execute_statement(Sql=slow(table), **TARGET)
    while client.describe_statement(Id=submitted["Id"])["Status"] != "STARTED":
        time.sleep(0.01)
    time.sleep(0.1)
    assert client.cancel_statement(Id=submitted["Id"])["Status"] is True
    assert client.describe_statement(Id=submitted["Id"])["Status"] == "ABORTED"


def test_cancel_finished_statement_is_refused(client):
    identifier = finished(client, "select 1")["Id"]
    text = f"Could not cancel a query that is already in FINISHED state with ID: {identifier}."
    assert refusal(client.cancel_statement, Id=identifier) == ("ValidationException", text)


def test_catalog_lists_what_is_there(client, table):
    assert "dev" in client.list_databases(**TARGET)["Databases"]
    assert "public" in client.list_schemas(SchemaPattern="pub%", **TARGET)["Schemas"]
    tables = client.list_tables(TablePattern=table[:-3] + "%", **TARGET)["Tables"]
    assert tables == [{"schema": "public", "name": table, "type": "TABLE"}]
    columns = client.describe_table(Schema="public", Table=table, **TARGET)["ColumnList"]
    assert [column["name"] for column in columns] == ["i", "s", "n", "t", "b", "f", "d"]
    assert (columns[1]["length"], columns[2]["precision"], columns[2]["scale"]) == (20, 18, 2)


def test_unknown_operation_is_refused(client):
    assert refusal(client.list_sessions)[0] == "UnknownOperationException"
