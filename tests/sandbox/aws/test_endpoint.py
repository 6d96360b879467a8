"""The endpoint beside the Data API: the cluster, the workgroup, and what moto serves."""

import json
import time

import boto3
import psycopg2
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.aws.cluster import Cluster

ONCE = Config(retries={"max_attempts": 0})


@pytest.fixture
def redshift(sandbox_environment):
    return boto3.client("redshift", config=ONCE)


def connect(environment):
    return psycopg2.connect(
        host=environment["REDSHIFT_HOST"],
        port=environment["REDSHIFT_PORT"],
        dbname=environment["REDSHIFT_DATABASE"],
        user=environment["REDSHIFT_USER"],
        password=environment["REDSHIFT_PASSWORD"],
    )


def wait_for_status(redshift, status):
    deadline = time.monotonic() + 10
    while redshift.describe_clusters(ClusterIdentifier="sandbox")["Clusters"][0]["ClusterStatus"] != status:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_describe_clusters_is_available_and_shows_the_endpoint(redshift, sandbox_environment):
    (cluster,) = redshift.describe_clusters()["Clusters"]
    assert (cluster["ClusterStatus"], cluster["ClusterAvailabilityStatus"]) == ("available", "Available")
    assert str(cluster["Endpoint"]["Port"]) == sandbox_environment["REDSHIFT_PORT"]


def test_describe_clusters_missing_is_not_found(redshift):
    with pytest.raises(redshift.exceptions.ClusterNotFoundFault) as refused:
        redshift.describe_clusters(ClusterIdentifier="other")
    assert refused.value.response["Error"]["Code"] == "ClusterNotFound"


def test_pause_closes_and_refuses_connections_until_resumed(redshift, sandbox_environment):
    connection = connect(sandbox_environment)
    paused = redshift.pause_cluster(ClusterIdentifier="sandbox")["Cluster"]
    assert (paused["ClusterStatus"], paused["ClusterAvailabilityStatus"]) == ("pausing", "Modifying")
    try:
        with pytest.raises(redshift.exceptions.InvalidClusterStateFault):
            redshift.pause_cluster(ClusterIdentifier="sandbox")
        wait_for_status(redshift, "paused")
        with pytest.raises(psycopg2.OperationalError):
            connection.cursor().execute("select 1")
        with pytest.raises(psycopg2.OperationalError, match="paused"):
            connect(sandbox_environment)
    finally:
        wait_for_status(redshift, "paused")
        resumed = redshift.resume_cluster(ClusterIdentifier="sandbox")["Cluster"]
        wait_for_status(redshift, "available")
    assert resumed["ClusterStatus"] == "resuming"
    connect(sandbox_environment).close()


def test_cluster_resumes_also_when_nobody_asks(tmp_path):
    cluster = Cluster(tmp_path / "control.json", transition_seconds=0.05)
    assert not cluster.resume()
    assert cluster.pause()
    time.sleep(0.3)
    assert json.loads((tmp_path / "control.json").read_text()) == {"cluster_status": "paused"}


def test_redshift_unknown_operation_and_parameter_are_refused(redshift):
    with pytest.raises(ClientError, match="no operation DeleteCluster"):
        redshift.delete_cluster(ClusterIdentifier="sandbox", SkipFinalClusterSnapshot=True)
    with pytest.raises(ClientError, match="does not know the parameter"):
        redshift.describe_clusters(TagKeys=["a"])


def test_workgroup_is_available_and_a_missing_one_not_found(sandbox_environment):
    serverless = boto3.client("redshift-serverless", config=ONCE)
    workgroup = serverless.get_workgroup(workgroupName="sandbox")["workgroup"]
    assert (workgroup["status"], workgroup["namespaceName"]) == ("AVAILABLE", "sandbox")
    assert [each["workgroupName"] for each in serverless.list_workgroups()["workgroups"]] == ["sandbox"]
    assert serverless.get_namespace(namespaceName="sandbox")["namespace"]["dbName"] == "dev"
    with pytest.raises(serverless.exceptions.ResourceNotFoundException):
        serverless.get_workgroup(workgroupName="other")


def test_s3_keeps_a_large_body(sandbox_environment):
    s3 = boto3.client("s3")
    body = bytes(range(256)) * 100_000
    s3.put_object(Bucket="lake", Key="endpoint/large", Body=body)
    assert s3.get_object(Bucket="lake", Key="endpoint/large")["Body"].read() == body


def test_secret_holds_the_admin(sandbox_environment):
    secret = boto3.client("secretsmanager").get_secret_value(SecretId="sandbox/redshift")
    content = json.loads(secret["SecretString"])
    assert content["username"] == sandbox_environment["REDSHIFT_USER"]
    assert content["password"] == sandbox_environment["REDSHIFT_PASSWORD"]


def test_sts_knows_the_caller(sandbox_environment):
    assert boto3.client("sts").get_caller_identity()["Account"] == "123456789012"


def test_other_service_is_refused(sandbox_environment):
    with pytest.raises(ClientError, match="no service 'sqs'"):
        boto3.client("sqs", config=ONCE).list_queues()
