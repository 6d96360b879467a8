"""The one HTTP endpoint: requests for the Redshift APIs go to ours, all others to moto, bodies untouched."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

MOTO_SERVICES = {"s3", "secretsmanager", "sts"}
SIGNED_SERVICE = re.compile(r"Credential=[^/]+/\d{8}/[^/]+/([^/]+)/aws4_request")

WSGIApplication = Callable[[dict[str, Any], Any], Iterable[bytes]]


@dataclass
class ApiError(Exception):
    """An error that the AWS client shows by its code; `fields` are further members of the error's shape."""

    code: str
    message: str
    status: int = 400
    fields: dict[str, Any] = field(default_factory=dict)


JsonApi = Callable[[str, dict[str, Any]], dict[str, Any]]
QueryApi = Callable[[dict[str, str]], tuple[int, str]]


class Front:
    """A WSGI application. JSON APIs are found by the target's prefix, Redshift's query API by the signature."""

    def __init__(self, json_apis: dict[str, JsonApi], redshift: QueryApi) -> None:
        self.json_apis = json_apis
        self.redshift = redshift
        self.moto: WSGIApplication = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        prefix, _, operation = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")
        if prefix in self.json_apis:
            return self.answer_json(self.json_apis[prefix], operation, environ, start_response)
        signed = SIGNED_SERVICE.search(environ.get("HTTP_AUTHORIZATION", ""))
        service = signed[1] if signed else None
        if service == "redshift":
            status, xml = self.redshift(dict(parse_qsl(read_body(environ).decode(), keep_blank_values=True)))
            return respond(start_response, status, "text/xml", xml.encode())
        if service and service not in MOTO_SERVICES:
            error = ApiError("UnknownOperationException", f"The sandbox has no service '{service}'.")
            return respond_error(start_response, error)
        return self.moto(environ, start_response)

    def answer_json(
        self, api: JsonApi, operation: str, environ: dict[str, Any], start_response: Any
    ) -> Iterable[bytes]:
        try:
            answer = api(operation, json.loads(read_body(environ) or b"{}"))
        except ApiError as error:
            return respond_error(start_response, error)
        return respond(start_response, 200, "application/x-amz-json-1.1", json.dumps(answer).encode())


def read_body(environ: dict[str, Any]) -> bytes:
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return body


def respond_error(start_response: Any, error: ApiError) -> Iterable[bytes]:
    body = json.dumps({"__type": error.code, "Message": error.message, **error.fields}).encode()
    return respond(start_response, error.status, "application/x-amz-json-1.1", body)


def respond(start_response: Any, status: int, content_type: str, body: bytes) -> Iterable[bytes]:
    headers = [("Content-Type", content_type), ("Content-Length", str(len(body)))]
    start_response(f"{status} {'OK' if status < 400 else 'Error'}", headers)
    return [body]
