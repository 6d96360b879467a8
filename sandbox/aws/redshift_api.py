"""Amazon Redshift's management API (query protocol): DescribeClusters, PauseCluster, ResumeCluster.

Source: Amazon Redshift API reference, 2012-12-01.
"""

from __future__ import annotations

import uuid
from xml.sax.saxutils import escape

from sandbox.aws.cluster import Cluster, Facts
from sandbox.aws.front import ApiError

NAMESPACE = "http://redshift.amazonaws.com/doc/2012-12-01/"
AVAILABILITY = {"available": "Available", "paused": "Unavailable", "pausing": "Modifying", "resuming": "Modifying"}
KNOWN_PARAMETERS = {"Action", "Version", "ClusterIdentifier", "MaxRecords", "Marker"}


class RedshiftApi:
    """Answers one request: (HTTP status, XML)."""

    def __init__(self, facts: Facts, cluster: Cluster) -> None:
        self.facts = facts
        self.cluster = cluster
        self.operations = {
            "DescribeClusters": self.describe_clusters,
            "PauseCluster": self.pause_cluster,
            "ResumeCluster": self.resume_cluster,
        }

    def __call__(self, request: dict[str, str]) -> tuple[int, str]:
        action = request.get("Action", "")
        try:
            if action not in self.operations:
                raise ApiError("InvalidAction", f"The sandbox has no operation {action}.")
            unknown = sorted(request.keys() - KNOWN_PARAMETERS)
            if unknown:
                raise ApiError("InvalidParameterValue", f"The sandbox does not know the parameter {unknown[0]}.")
            result = self.operations[action](request)
        except ApiError as error:
            return error.status, error_xml(error)
        return 200, (
            f'<{action}Response xmlns="{NAMESPACE}"><{action}Result>{result}</{action}Result>'
            f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata></{action}Response>"
        )

    def describe_clusters(self, request: dict[str, str]) -> str:
        """All clusters (there is one), or the one that is named."""
        if "ClusterIdentifier" in request:
            self.require_cluster(request)
        return f"<Clusters>{self.cluster_xml()}</Clusters>"

    def pause_cluster(self, request: dict[str, str]) -> str:
        self.require_cluster(request)
        if not self.cluster.pause():
            raise self.invalid_state("pause")
        return self.cluster_xml()

    def resume_cluster(self, request: dict[str, str]) -> str:
        self.require_cluster(request)
        if not self.cluster.resume():
            raise self.invalid_state("resume")
        return self.cluster_xml()

    def require_cluster(self, request: dict[str, str]) -> None:
        name = request.get("ClusterIdentifier", "")
        if name != self.facts.cluster:
            raise ApiError("ClusterNotFound", f"Cluster {name} not found.", 404)

    def invalid_state(self, verb: str) -> ApiError:
        text = f"You can't {verb} cluster {self.facts.cluster} because its status is {self.cluster.status()}."
        return ApiError("InvalidClusterState", text)

    def cluster_xml(self) -> str:
        facts, status = self.facts, self.cluster.status()
        arn = f"arn:aws:redshift:{facts.region}:{facts.account}:namespace:{facts.cluster}"
        role = element("IamRoleArn", facts.iam_role) + element("ApplyStatus", "in-sync")
        members = [
            element("ClusterIdentifier", facts.cluster),
            element("NodeType", "ra3.large"),
            element("ClusterStatus", status),
            element("ClusterAvailabilityStatus", AVAILABILITY[status]),
            element("MasterUsername", facts.admin_user),
            element("DBName", facts.database),
            f"<Endpoint>{element('Address', facts.host)}{element('Port', str(facts.port))}</Endpoint>",
            element("NumberOfNodes", "1"),
            element("PubliclyAccessible", "false"),
            element("Encrypted", "true"),
            element("ClusterNamespaceArn", arn),
            f"<IamRoles><ClusterIamRole>{role}</ClusterIamRole></IamRoles>",
            element("DefaultIamRoleArn", facts.iam_role),
        ]
        return f"<Cluster>{''.join(members)}</Cluster>"


def element(name: str, text: str) -> str:
    """
    >>> element("DBName", "a&b")
    '<DBName>a&amp;b</DBName>'
    """
    return f"<{name}>{escape(text)}</{name}>"


def error_xml(error: ApiError) -> str:
    body = element("Type", "Sender") + element("Code", error.code) + element("Message", error.message)
    request_id = element("RequestId", str(uuid.uuid4()))
    return f'<ErrorResponse xmlns="{NAMESPACE}"><Error>{body}</Error>{request_id}</ErrorResponse>'
