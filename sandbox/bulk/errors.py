"""The errors of COPY and UNLOAD with Redshift's texts, codes and SQLSTATEs; pure."""

from __future__ import annotations

from sandbox.backend import LoadError, RedshiftError

RULER = "-" * 47


def internal_error(message: str, code: int, context: str = "", location: str = "s3_utility.cpp:654") -> RedshiftError:
    """An XX000 error with the framed DETAIL that Redshift's leader node adds.

    Source: public reports such as 3scale/apisonator#196 (code 8001) and rudder-server#3178 (code 15007).
    """
    lines = (
        f"error:  {message}",
        f"code:      {code}",
        f"context:   {context}",
        "query:     0",
        f"location:  {location}",
        "process:   padbmaster [pid=0]",
    )
    detail = "\n".join(f"  {line}" for line in (RULER, *lines, RULER))
    return RedshiftError("XX000", message, detail=f"\n{detail}\n")


def spectrum_error(context: str, code: int = 15007) -> RedshiftError:
    """What COPY from Parquet says when a file does not fit the table.

    Source: public reports rudder-server#3178, amazon-redshift-python-driver#107, aws-sdk-pandas#280.
    """
    return internal_error("Spectrum Scan Error", code, context, "dory_util.cpp:1226")


def s3_error(description: str, status: int, error: str) -> RedshiftError:
    """What S3 answered, as Redshift wraps it. Source: AWS s3serviceexception-error."""
    text = f"S3ServiceException:{description},Status {status},Error {error},Rid 0,ExtRid 0,CanRetry 1"
    return internal_error(text, 8001, location="s3_utility.cpp:654")


def not_supported(what: str) -> RedshiftError:
    """Refuses what Redshift refuses, or (with a text that says so) what only this stand-in lacks."""
    return RedshiftError("0A000", what)


def load_failed(table: str, errors: tuple[LoadError, ...]) -> RedshiftError:
    """The end of a COPY with too many rejected records; the reasons are only in the system table.

    Source: AWS tutorial-loading-run-copy.
    """
    text = f"Load into table '{table}' failed.  Check 'stl_load_errors' system table for details."
    return RedshiftError("XX000", text, load_errors=errors)


def https_name(region: str, bucket: str, key: str) -> str:
    """The address by which Spectrum names a file in its errors."""
    return f"https://s3.{region}.amazonaws.com/{bucket}/{key}"
