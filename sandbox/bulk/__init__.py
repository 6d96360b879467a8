"""COPY and UNLOAD of the Redshift stand-in."""

from sandbox.bulk.load import copy_from_s3
from sandbox.bulk.unload import unload_to_s3

__all__ = ["copy_from_s3", "unload_to_s3"]
