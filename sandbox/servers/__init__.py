"""The sandbox's servers: their processes, data folders, ports and logs."""

from sandbox.servers.lifecycle import Sandbox
from sandbox.servers.process import ServerError

__all__ = ["Sandbox", "ServerError"]
