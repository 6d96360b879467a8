"""The door to the lake: one bucket of S3."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache, cached_property
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError
from prefect.blocks.core import Block
from prefect_aws import AwsCredentials, S3Bucket
from pydantic import Field

from model.errors import ConfigError, TransientError
from model.results import StagedFile

_RUN_DEPTH = 3
_CONNECTIONS = 50  # tables that are dumped side by side, each with two uploads under way; botocore's own are 10
_THROTTLING = {"SlowDown", "Throttling", "ThrottlingException", "RequestTimeout", "InternalError"}
# Another ETag, written at this moment, deleted.
_CHANGED = {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"}


@contextmanager
def aws_errors(action: str) -> Iterator[None]:
    """Words what AWS refuses; `action` completes "Cannot …".

    Raises: TransientError for 5xx, throttling and lost connections, ConfigError for all else.
    """
    try:
        yield
    except ClientError as error:
        found, status = error.response["Error"], error.response["ResponseMetadata"].get("HTTPStatusCode", 0)
        text = f"Cannot {action}: {found.get('Code')} {found.get('Message', '')}".rstrip(". ") + "."
        if status >= 500 or found.get("Code") in _THROTTLING:
            raise TransientError(f"{text} This can pass: try again.") from error
        raise ConfigError(f"{text} Check the name and the role's policy.") from error
    except (ConnectionError, HTTPClientError) as error:
        raise TransientError(f"Cannot {action}: {error}. Check endpoint and network.") from error
    except BotoCoreError as error:
        text = " ".join(str(error).split()).rstrip(".")
        raise ConfigError(f"Cannot {action}: {text}. Check the AWS credentials and names in the block.") from error


def aws_client(credentials: AwsCredentials, service: str) -> Any:
    """A boto3 client that gives up on a silent server, and repeats what AWS throttles a few times itself."""
    parameters = credentials.aws_client_parameters.get_params_override()
    config = Config(
        connect_timeout=10,
        read_timeout=60,
        retries={"mode": "standard"},
        tcp_keepalive=True,
        max_pool_connections=_CONNECTIONS,
    )
    parameters["config"] = config.merge(parameters.get("config", Config()))
    session = credentials.get_boto3_session()
    # boto3 hands on no loader, and keeps botocore's session private.
    session._session.register_component("data_loader", _service_descriptions())
    return session.client(service, **parameters)


@cache
def _service_descriptions() -> Any:
    """A loader of botocore, which keeps what it has read: megabytes of JSON, else read again by each session."""
    return botocore.session.get_session().get_component("data_loader")


class Lake(Block):
    """A bucket that the runs write to, and that the warehouse reads and writes by its own role."""

    _block_type_name = "Lake"
    _block_type_slug = "lake"

    bucket: S3Bucket = Field(description="Bucket and the credentials of the loader.")

    @property
    def name(self) -> str:
        return self.bucket.bucket_name

    @cached_property
    def client(self) -> Any:
        """A boto3 S3 client."""
        assert isinstance(self.bucket.credentials, AwsCredentials)
        return aws_client(self.bucket.credentials, "s3")

    def __getstate__(self) -> dict[Any, Any]:
        """The client stays here: whoever gets the block in another process makes one there."""
        state = super().__getstate__()
        return state | {"__dict__": {name: value for name, value in state["__dict__"].items() if name != "client"}}

    def write_json(self, key: str, content: object) -> None:
        with aws_errors(f"write 's3://{self.name}/{key}'"):
            self.client.put_object(
                Bucket=self.name, Key=key, Body=json.dumps(content).encode(), ContentType="application/json"
            )

    def replace_json(self, key: str, content: object, tag: str | None) -> bool:
        """Writes where the object still has that ETag, None: where there is no object; returns whether it did.

        Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
        """
        condition = {"IfNoneMatch": "*"} if tag is None else {"IfMatch": tag}
        with aws_errors(f"write 's3://{self.name}/{key}'"):
            try:
                body = json.dumps(content).encode()
                self.client.put_object(
                    Bucket=self.name, Key=key, Body=body, ContentType="application/json", **condition
                )
            except ClientError as error:
                if error.response["Error"].get("Code") in _CHANGED:
                    return False
                raise
        return True

    def write_bytes(self, key: str, content: bytes) -> None:
        with aws_errors(f"write 's3://{self.name}/{key}'"):
            self.client.put_object(Bucket=self.name, Key=key, Body=content)

    def read_bytes(self, key: str) -> bytes:
        with aws_errors(f"read 's3://{self.name}/{key}'"):
            content: bytes = self.client.get_object(Bucket=self.name, Key=key)["Body"].read()
            return content

    def read_json(self, key: str) -> Any:
        with aws_errors(f"read 's3://{self.name}/{key}'"):
            return json.loads(self.client.get_object(Bucket=self.name, Key=key)["Body"].read())

    def list_files(self, prefix: str) -> tuple[StagedFile, ...]:
        """The objects under `prefix`, by key; not what the S3 console makes as a folder."""
        return tuple(file for file in self._list(prefix) if not file.key.endswith("/"))

    def list_tags(self, prefix: str) -> dict[str, str]:
        """The ETag of each object under `prefix` by its key."""
        return {item["Key"]: item["ETag"] for item in self._items(prefix)}

    def delete_prefix(self, prefix: str) -> int:
        """Deletes all objects under `prefix`, and uploads that were never finished; returns how many there were.

        Raises: ConfigError where S3 keeps one of them.
        """
        keys = [file.key for file in self._list(prefix)]
        self.delete_keys(keys)
        with aws_errors(f"delete under 's3://{self.name}/{prefix}'"):
            pages = self.client.get_paginator("list_multipart_uploads").paginate(Bucket=self.name, Prefix=prefix)
            uploads = [upload for page in pages for upload in page.get("Uploads", ())]
            for upload in uploads:
                self.client.abort_multipart_upload(Bucket=self.name, Key=upload["Key"], UploadId=upload["UploadId"])
        return len(keys) + len(uploads)

    def delete_keys(self, keys: Sequence[str]) -> None:
        """Raises: ConfigError where S3 keeps one of them."""
        for start in range(0, len(keys), 1000):
            batch = [{"Key": key} for key in keys[start : start + 1000]]
            place = f"s3://{self.name}/{batch[0]['Key'].rpartition('/')[0]}/"
            with aws_errors(f"delete under '{place}'"):
                answer = self.client.delete_objects(Bucket=self.name, Delete={"Objects": batch, "Quiet": True})
            if refused := answer.get("Errors"):
                raise ConfigError(
                    f"Cannot delete '{refused[0]['Key']}' and {len(refused) - 1} more under '{place}': "
                    f"{refused[0].get('Code')} {refused[0].get('Message', '')}. Check the role's policy."
                )

    def list_runs(self, prefix: str) -> dict[str, datetime]:
        """The prefixes `<prefix><table>/<date>/<run>/` that hold objects, and when the newest of each was written."""
        newest: dict[str, datetime] = {}
        for item in self._items(prefix):
            parts = item["Key"].removeprefix(prefix).split("/")
            if len(parts) > _RUN_DEPTH:
                run = prefix + "/".join(parts[:_RUN_DEPTH]) + "/"
                newest[run] = max(item["LastModified"], newest.get(run, item["LastModified"]))
        return newest

    def _list(self, prefix: str) -> tuple[StagedFile, ...]:
        return tuple(StagedFile(key=item["Key"], size_bytes=item["Size"]) for item in self._items(prefix))

    def _items(self, prefix: str) -> list[dict[str, Any]]:
        with aws_errors(f"list 's3://{self.name}/{prefix}'"):
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
            return [item for page in pages for item in page.get("Contents", ())]
