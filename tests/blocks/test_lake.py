from types import SimpleNamespace

import pytest
from botocore.loaders import JSONFileLoader
from prefect_aws import AwsCredentials, S3Bucket

from blocks.lake import Lake, aws_client
from model.errors import ConfigError
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
