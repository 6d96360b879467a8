"""What can fail in the night: what is retried, what is not, and what is never shown."""

from __future__ import annotations

import io
import logging
import socket
import threading
from datetime import date, datetime

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from prefect import get_client

from blocks.lake import aws_client
from blocks.source_database import SourceDatabase
from blocks.warehouse import Transaction, Warehouse
from deployments.blocks import save_blocks
from flows.orders import orders
from model.errors import ConfigError, SourceError, TransientError, WarehouseError
from model.patience import Patience

DAY = date(2025, 1, 1)
ROW = (1, 1, datetime(2025, 1, 1, 12), "placed", 1)
QUICK = Patience(retries=2, retry_delay_seconds=0.1, warehouse_poll_seconds=0.2, warehouse_timeout_seconds=0.5)
CANARY = "canary-7f3a91-Secret1"


@pytest.fixture
def blocks_again(sandbox, prefect):
    """For tests that save other blocks: the sandbox's come back."""
    yield
    list(save_blocks(sandbox.environment))


def test_paused_warehouse_gives_up_and_names_it(world):
    client = redshift(world)
    client.pause_cluster(ClusterIdentifier="sandbox")
    try:
        with pytest.raises(WarehouseError, match=r"Cannot use warehouse 'sandbox': still \w+ after 0.5 s"):
            orders(run_date=DAY, patience=QUICK)
    finally:
        wait_for_state(client, "paused")
        client.resume_cluster(ClusterIdentifier="sandbox")
        wait_for_state(client, "available")


def test_resumed_warehouse_is_waited_for(world):
    world.insert_orders(ROW)
    client = redshift(world)
    client.pause_cluster(ClusterIdentifier="sandbox")
    wait_for_state(client, "paused")
    resume = threading.Timer(1, client.resume_cluster, kwargs={"ClusterIdentifier": "sandbox"})
    resume.start()
    patience = QUICK.model_copy(update={"warehouse_timeout_seconds": 30})
    assert orders(run_date=DAY, patience=patience)[0].inserted_row_count == 1


def redshift(world):
    facts = world.environment
    return boto3.client(
        "redshift",
        endpoint_url=facts["AWS_ENDPOINT_URL"],
        region_name=facts["AWS_DEFAULT_REGION"],
        aws_access_key_id=facts["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=facts["AWS_SECRET_ACCESS_KEY"],
    )


def wait_for_state(client, state):
    for _ in range(200):
        if client.describe_clusters(ClusterIdentifier="sandbox")["Clusters"][0]["ClusterStatus"] == state:
            return
        threading.Event().wait(0.1)
    raise AssertionError(f"the cluster did not become {state}")


def test_serverless_workgroup_is_used_like_a_cluster(world, sandbox, blocks_again):
    environment = {name: value for name, value in sandbox.environment.items() if name != "REDSHIFT_CLUSTER_IDENTIFIER"}
    list(save_blocks(environment))
    assert Warehouse.load("warehouse").workgroup_name == "sandbox"
    world.insert_orders(ROW)
    assert orders(run_date=DAY, patience=QUICK)[0].target_row_count == 1


def test_write_conflict_is_retried_and_published_once(world):
    """Another writer commits into the target while the publish is under way: Redshift ends one of both."""
    world.insert_orders(ROW)
    orders(run_date=DAY, patience=QUICK)
    world.source("UPDATE orders SET status = 'paid'")
    with disturbed(world, "MERGE INTO", "UPDATE mart.orders SET amount = 2") as attempts:
        loaded = orders(run_date=DAY, patience=QUICK)[0]
    assert len(attempts) == 2
    assert loaded.updated_row_count == 1
    assert world.warehouse("SELECT status, amount FROM mart.orders") == [("paid", 1)]


def test_killed_session_is_retried(world):
    world.insert_orders(ROW)
    kill = "SELECT pg_terminate_backend(process) FROM stv_sessions WHERE process <> pg_backend_pid()"
    with disturbed(world, "MERGE INTO", kill) as attempts:
        orders(run_date=DAY, patience=QUICK)
    assert len(attempts) == 2
    assert world.warehouse("SELECT COUNT(*) FROM mart.orders") == [(1,)]
    assert world.warehouse("SELECT COUNT(*) FROM etl.loads") == [(1,)]


class disturbed:
    """Runs `disturbance` from another session, once, just before the first statement that contains `before`."""

    def __init__(self, world, before, disturbance):
        self.world, self.before, self.disturbance = world, before, disturbance
        self.attempts: list[str] = []

    def __enter__(self):
        self.patch = pytest.MonkeyPatch()
        run = Transaction.run

        def run_disturbed(transaction, statement):
            if self.before in statement:
                self.attempts.append(statement)
                if len(self.attempts) == 1:
                    self.world.warehouse(self.disturbance)
            return run(transaction, statement)

        self.patch.setattr(Transaction, "run", run_disturbed)
        return self.attempts

    def __exit__(self, *_):
        self.patch.undo()


class Unavailable(io.BytesIO):
    """The body of S3's answer while it is overloaded, as botocore reads it."""

    def __init__(self):
        super().__init__(b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>")

    def stream(self):
        yield self.read()


def test_overloaded_lake_is_tried_again_and_published_once(world, monkeypatch):
    """The client's own tries end first, and then the step's; a 503 cannot be provoked."""
    world.insert_orders(ROW)
    refused, begun = [], []

    def answer(request, **_):
        if len(refused) < 3:
            refused.append(request.url)
            return AWSResponse(request.url, 503, {}, Unavailable())
        return None

    def overloaded(*given):
        client = aws_client(*given)
        client.meta.events.register("before-send.s3.PutObject", answer)
        return client

    monkeypatch.setattr("blocks.lake.aws_client", overloaded)
    monkeypatch.setattr("tasks.verb.listeners", [lambda said: said.result is None and begun.append(said.step)])
    assert orders(run_date=DAY, patience=QUICK)[0].inserted_row_count == 1
    assert len(refused) == 3 and len(set(refused)) == 1
    assert (begun.count("wait_for_warehouse"), begun.count("copy_into_staging"), begun.count("publish")) == (1, 1, 1)
    assert world.warehouse("SELECT order_id FROM mart.orders") == [(1,)]
    assert world.warehouse("SELECT COUNT(*) FROM etl.loads WHERE state = 'loaded'") == [(1,)]


def test_patience_by_default_waits_as_an_operator_expects():
    patience = Patience()
    assert (patience.warehouse_poll_seconds, patience.warehouse_timeout_seconds) == (60, 3600)
    assert (patience.source_poll_seconds, patience.source_timeout_seconds) == (60, 1800)
    assert (patience.retries, patience.retry_delay_seconds) == (2, 300)


def test_wrong_statement_is_not_retried(world, monkeypatch):
    world.insert_orders(ROW)
    run, attempts = Transaction.run, []

    def broken(transaction, statement):
        if "MERGE INTO" in statement:
            attempts.append(statement)
            statement = statement.replace("MERGE INTO", "MERGE ONTO")
        return run(transaction, statement)

    monkeypatch.setattr(Transaction, "run", broken)
    with pytest.raises(WarehouseError, match="42601"):
        orders(run_date=DAY, patience=QUICK)
    assert len(attempts) == 1


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"MYSQL_PASSWORD": CANARY}, SourceError, "Access denied"),
        ({"MYSQL_PORT": "free"}, TransientError, "Cannot connect to 'mysql://"),
        ({"REDSHIFT_PASSWORD": CANARY}, WarehouseError, "password"),
        ({"REDSHIFT_PORT": "free"}, TransientError, "Cannot look at the columns of 'mart.orders'"),
        ({"REDSHIFT_IAM_ROLE": "arn:aws:iam::123456789012:role/Other"}, WarehouseError, "not authorized to assume"),
        ({"LAKE_BUCKET": "no-such-bucket"}, ConfigError, "NoSuchBucket"),
    ],
)
def test_wrong_connection_fails_and_shows_no_secret(world, sandbox, blocks_again, caplog, capfd, change, error, text):
    world.insert_orders(ROW)
    change = {name: free_port() if value == "free" else value for name, value in change.items()}
    list(save_blocks(sandbox.environment | change))
    logging.getLogger("prefect").setLevel(logging.DEBUG)
    with caplog.at_level(logging.DEBUG), pytest.raises(error, match=text):
        orders(run_date=DAY, patience=QUICK.model_copy(update={"retries": 0}))
    logging.getLogger("prefect").setLevel(logging.ERROR)
    shown = caplog.text + "".join(capfd.readouterr()) + stored_states()
    assert "Cannot" in shown
    for secret in (CANARY, *secrets(sandbox.environment)):
        assert secret not in shown


def test_source_that_cannot_be_read_leaves_the_target_and_says_what_to_do(world, sandbox, blocks_again):
    world.insert_orders(ROW)
    orders(run_date=DAY, patience=QUICK)
    before = world.warehouse("SELECT * FROM mart.orders")
    world.source("UPDATE orders SET status = 'paid'")
    for change, error, text in (
        (
            {"MYSQL_PASSWORD": CANARY},
            SourceError,
            r"Cannot connect to 'mysql://\S+': .*Access denied.*\. Correct the block of this source\.$",
        ),
        (
            {"MYSQL_PORT": free_port()},
            TransientError,
            r"Cannot connect to 'mysql://\S+': .*\. Check host and port, and that the server is up\.$",
        ),
    ):
        list(save_blocks(sandbox.environment | change))
        with pytest.raises(error, match=text):
            orders(run_date=DAY, patience=QUICK.model_copy(update={"retries": 0}))
        assert world.warehouse("SELECT * FROM mart.orders") == before
    list(save_blocks(sandbox.environment))
    assert orders(run_date=DAY, patience=QUICK)[0].updated_row_count == 1


def test_good_run_shows_no_secret_anywhere(world, sandbox, caplog, capfd):
    world.insert_orders(ROW)
    logging.getLogger("prefect").setLevel(logging.DEBUG)
    with caplog.at_level(logging.DEBUG):
        orders(run_date=DAY, patience=QUICK, keep_files=True)
    logging.getLogger("prefect").setLevel(logging.ERROR)
    statements = "".join(str(row) for row in world.warehouse("SELECT query_text FROM sys_query_history"))
    objects = b"".join(world.s3.get_object(Bucket="lake", Key=key)["Body"].read() for key in world.keys(""))
    shown = caplog.text + "".join(capfd.readouterr()) + stored_states() + statements + objects.decode("latin-1")
    assert "MERGE INTO mart.orders" in shown
    for secret in secrets(sandbox.environment):
        assert secret not in shown


def secrets(environment):
    names = ("MYSQL_PASSWORD", "POSTGRES_PASSWORD", "REDSHIFT_PASSWORD", "AWS_SECRET_ACCESS_KEY")
    return [environment[name] for name in names]


def stored_states():
    """Messages and parameters of the newest runs, as Prefect's API gives them."""
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(limit=3)
        tasks = client.read_task_runs(limit=50)
    return "".join(run.model_dump_json() for run in [*runs, *tasks])


def test_missing_block_names_the_command_that_creates_it(world, blocks_again):
    SourceDatabase.delete("shop")
    world.insert_orders(ROW)
    with pytest.raises(ConfigError, match=r"'source-database/shop'.*python -m deployments blocks"):
        orders(run_date=DAY, patience=QUICK)
