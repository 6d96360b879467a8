"""Runs the program stream_statement and hands out the batches that it reads."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

import pyarrow as pa

_DRY_SECONDS = 0.003
_PIPE_BYTES = 1024 * 1024
_MAX_REASON_CHARACTERS = 500


class ReaderFailedError(Exception):
    """The program ended before the last row; the text is its reason."""


class StatementReader:
    """The program as a child process. It loads its libraries while the caller still connects."""

    def __enter__(self) -> StatementReader:
        self._log = tempfile.TemporaryFile()
        program = Path(__file__).with_name("stream_statement.py")
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            pipesize=_PIPE_BYTES,
            env={**os.environ, "RUST_BACKTRACE": "0", "MALLOC_ARENA_MAX": "2"},
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.__exit__(kind, error, trace)
        self._log.close()

    def batches(
        self, url: str, statement: str, batch_rows: int, on_dry: Callable[[], None]
    ) -> Iterator[pa.RecordBatch]:
        """Yield the statement's rows; `on_dry` is called, again and again, while the program waits for rows.

        Raises: ReaderFailedError, also when the stream ends early: half a table is never taken for a whole one.
        """
        request = {"url": url, "statement": statement, "batch_rows": batch_rows}
        assert self._process.stdin and self._process.stdout
        try:
            self._process.stdin.write(json.dumps(request).encode())
            self._process.stdin.close()
            self._wait_for_bytes(on_dry)
            with pa.ipc.open_stream(self._process.stdout) as stream:
                while True:
                    self._wait_for_bytes(on_dry)
                    yield stream.read_next_batch()
        except (StopIteration, pa.ArrowInvalid, OSError) as error:
            if self._process.wait() != 0:
                raise ReaderFailedError(self._reason()) from None
            if not isinstance(error, StopIteration):
                raise

    def _wait_for_bytes(self, on_dry: Callable[[], None]) -> None:
        assert self._process.stdout
        while not select.select([self._process.stdout], [], [], _DRY_SECONDS)[0]:
            if self._is_asleep():
                on_dry()

    def _is_asleep(self) -> bool:
        """Whether the program waits for rows; on a busy machine it may also wait for its turn, with rows at hand."""
        try:
            stat = Path(f"/proc/{self._process.pid}/stat").read_text()
        except OSError:
            return True  # not Linux: nobody can tell
        return stat.rpartition(")")[2].split()[0] == "S"

    def _reason(self) -> str:
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        reason = lines[-1] if lines else f"exit code {self._process.returncode}"
        return reason[:_MAX_REASON_CHARACTERS]
