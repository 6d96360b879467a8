from types import SimpleNamespace

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.loaders import JSONFileLoader
from prefect_aws import AwsCredentials, S3Bucket

from blocks.lake import Lake, aws_client, aws_errors
from model.errors import ConfigError, TransientError
from model.results import StagedFile


def test_delete_prefix_that_s3_refuses_in_part_is_an_error(monkeypatch):
    """S3 answers 200 and lists in the body what it kept."""
    refused = {"Errors": [{"Key": "a/1", "Code": "AccessDenied", "Message": "no"}]}
    lake = Lake(bucket=S3Bucket(bucket_name="lake", credentials=AwsCredentials()))
    monkeypatch.setattr(Lake, "_list", lambda *_: (StagedFile(key="a/1", size_bytes=1),))
    lake.__dict__["client"] = SimpleNamespace(delete_objects=lambda **_: refused)
    with pytest.raises(ConfigError, match=r"Cannot delete 'a/1' and 0 more under 's3://lake/a/': AccessDenied no"):
        lake.delete_prefix("a/")


def test_aws_client_of_another_session_reads_no_service_description_again(monkeypatch):
    credentials = [AwsCredentials(region_name="eu-west-1", aws_access_key_id=name) for name in ("one", "two")]
    aws_client(credentials[0], "s3")
    monkeypatch.setattr(JSONFileLoader, "load_file", lambda _, path: pytest.fail(f"{path} is read again"))
    assert aws_client(credentials[1], "s3").meta.region_name == "eu-west-1"


def refusal(status, code):
    return ClientError(
        {"Error": {"Code": code, "Message": "Told."}, "ResponseMetadata": {"HTTPStatusCode": status}}, "PutObject"
    )


@pytest.mark.parametrize(
    ("found", "error", "text"),
    [
        (refusal(500, "InternalError"), TransientError, "InternalError Told. This can pass: try again."),
        (refusal(502, "BadGateway"), TransientError, "BadGateway Told. This can pass: try again."),
        (refusal(503, "SlowDown"), TransientError, "SlowDown Told. This can pass: try again."),
        (refusal(400, "Throttling"), TransientError, "Throttling Told. This can pass: try again."),
        (refusal(400, "ThrottlingException"), TransientError, "ThrottlingException Told. This can pass: try again."),
        (refusal(400, "RequestTimeout"), TransientError, "RequestTimeout Told. This can pass: try again."),
        (refusal(403, "AccessDenied"), ConfigError, "AccessDenied Told. Check the name and the role's policy."),
        (refusal(404, "NoSuchBucket"), ConfigError, "NoSuchBucket Told. Check the name and the role's policy."),
        (EndpointConnectionError(endpoint_url="https://s3"), TransientError, "Check endpoint and network."),
        (ConnectionClosedError(endpoint_url="https://s3"), TransientError, "Check endpoint and network."),
        (ReadTimeoutError(endpoint_url="https://s3"), TransientError, "Check endpoint and network."),
        (NoCredentialsError(), ConfigError, "Check the AWS credentials and names in the block."),
    ],
)
def test_aws_errors_classes_what_can_pass_and_what_someone_must_mend(found, error, text):
    with pytest.raises(error) as raised, aws_errors("write 's3://lake/a'"):
        raise found
    assert type(raised.value) is error
    assert str(raised.value).startswith("Cannot write 's3://lake/a': ")
    assert str(raised.value).endswith(text)
    assert raised.value.__cause__ is found
