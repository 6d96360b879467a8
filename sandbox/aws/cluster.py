"""What the Redshift APIs tell about the sandbox's warehouse, and its status, which outlives a request."""

from __future__ import annotations

import json
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Facts:
    """Names and address of the one cluster, which is at the same time the one Serverless workgroup."""

    cluster: str
    workgroup: str
    database: str
    host: str
    port: int
    admin_user: str
    admin_password: str
    region: str
    account: str
    iam_role: str


class Cluster:
    """The status of the cluster: available, pausing, paused or resuming.

    Each change is written to the control file, which the SQL endpoint reads: it takes no connections and drops
    the open ones unless the status is available.
    """

    def __init__(self, control: Path, transition_seconds: float) -> None:
        self.control = control
        self.transition_seconds = transition_seconds
        self.lock = threading.Lock()
        self.steady = "available"
        self.transition = ""
        self.transition_ends = 0.0

    def status(self) -> str:
        """The status now; a transition that has lasted long enough is over."""
        with self.lock:
            if self.transition and time.monotonic() >= self.transition_ends:
                self.transition = ""
                self.write(self.steady)
            return self.transition or self.steady

    def pause(self) -> bool:
        """Begin to pause; False unless the cluster is available."""
        return self.change("available", "pausing", "paused")

    def resume(self) -> bool:
        """Begin to resume; False unless the cluster is paused."""
        return self.change("paused", "resuming", "available")

    def change(self, expected: str, transition: str, steady: str) -> bool:
        if self.status() != expected:
            return False
        with self.lock:
            self.steady, self.transition = steady, transition
            self.transition_ends = time.monotonic() + self.transition_seconds
            self.write(transition)
        # The SQL endpoint must open again also when nobody asks for the status.
        timer = threading.Timer(self.transition_seconds + 0.01, self.status)
        timer.daemon = True
        timer.start()
        return True

    def write(self, status: str) -> None:
        draft = self.control.with_name(f".{self.control.name}.{os.getpid()}")
        draft.write_text(json.dumps({"cluster_status": status}))
        draft.replace(self.control)
