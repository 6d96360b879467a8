"""Amazon Redshift Serverless: the status of the workgroup and of its namespace; read only.

Source: Redshift Serverless API reference, 2021-04-21.
"""

from __future__ import annotations

import uuid
from typing import Any

from sandbox.aws.cluster import Facts
from sandbox.aws.front import ApiError


class ServerlessApi:
    """Answers one request. A workgroup has no pause: it is AVAILABLE as long as the sandbox runs."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.workgroup_id, self.namespace_id = str(uuid.uuid4()), str(uuid.uuid4())
        self.operations = {
            "GetWorkgroup": self.get_workgroup,
            "ListWorkgroups": lambda _: {"workgroups": [self.workgroup()]},
            "GetNamespace": self.get_namespace,
            "ListNamespaces": lambda _: {"namespaces": [self.namespace()]},
        }

    def __call__(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if operation not in self.operations:
            raise ApiError("UnknownOperationException", f"The sandbox has no operation {operation}.")
        return self.operations[operation](request)

    def get_workgroup(self, request: dict[str, Any]) -> dict[str, Any]:
        self.require(request.get("workgroupName"), "workgroup")
        return {"workgroup": self.workgroup()}

    def get_namespace(self, request: dict[str, Any]) -> dict[str, Any]:
        self.require(request.get("namespaceName"), "namespace")
        return {"namespace": self.namespace()}

    def require(self, name: str | None, kind: str) -> None:
        if name is None:
            raise ApiError("ValidationException", f"{kind}Name is required.")
        if name != self.facts.workgroup:
            text = f"The {kind} {name} was not found."
            raise ApiError("ResourceNotFoundException", text, fields={"resourceName": name})

    def workgroup(self) -> dict[str, Any]:
        facts = self.facts
        return {
            "workgroupName": facts.workgroup,
            "workgroupId": self.workgroup_id,
            "workgroupArn": self.arn("workgroup", self.workgroup_id),
            "namespaceName": facts.workgroup,
            "status": "AVAILABLE",
            "endpoint": {"address": facts.host, "port": facts.port, "vpcEndpoints": []},
            "port": facts.port,
            "baseCapacity": 8,
            "publiclyAccessible": False,
            "enhancedVpcRouting": False,
        }

    def namespace(self) -> dict[str, Any]:
        facts = self.facts
        return {
            "namespaceName": facts.workgroup,
            "namespaceId": self.namespace_id,
            "namespaceArn": self.arn("namespace", self.namespace_id),
            "status": "AVAILABLE",
            "dbName": facts.database,
            "adminUsername": facts.admin_user,
            "defaultIamRoleArn": facts.iam_role,
            "iamRoles": [facts.iam_role],
        }

    def arn(self, kind: str, identifier: str) -> str:
        return f"arn:aws:redshift-serverless:{self.facts.region}:{self.facts.account}:{kind}/{identifier}"
