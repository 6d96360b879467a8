"""Runs the program stream_statement and hands out the batches that it reads, one statement after the other."""

from __future__ import annotations

import contextlib
import io
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

_PROGRAM = Path(__file__).with_name("stream_statement.py")
_DRY_SECONDS = 0.003
_PIPE_BYTES = 1024 * 1024
_BUFFER_BYTES = 64 * 1024
_ENDING_SECONDS = 10.0
_MAX_REASON_CHARACTERS = 500


class ReaderFailedError(Exception):
    """The program ended before the last row; the text is its reason. `is_killed`: it came to no end of its own."""

    def __init__(self, reason: str, is_killed: bool) -> None:
        super().__init__(reason)
        self.is_killed = is_killed


class StatementReader:
    """The program as a child process. It loads its libraries while the caller still connects.

    After a statement that was broken off it is not used again, for rows may be on their way.
    """

    def __init__(self) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 `close` closes it
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(_PROGRAM)],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            pipesize=_PIPE_BYTES,
            env={**os.environ, "RUST_BACKTRACE": "0", "MALLOC_ARENA_MAX": "2"},
        )
        self._is_idle = True

    @property
    def is_usable(self) -> bool:
        """Whether it waits for a statement."""
        return self._is_idle and self._process.poll() is None

    def close(self) -> None:
        self._process.kill()
        with contextlib.suppress(BrokenPipeError):
            self._process.__exit__(None, None, None)
        self._log.close()

    def batches(
        self, url: str, statement: str, batch_rows: int, on_dry: Callable[[], None]
    ) -> Iterator[pa.RecordBatch]:
        """Yield the statement's rows; `on_dry` is called, again and again, while the program waits for rows.

        Raises: ReaderFailedError, also when the stream ends early: half a table is never taken for a whole one.
        """
        self._is_idle = False
        assert self._process.stdin
        request = {"url": url, "statement": statement, "batch_rows": batch_rows}
        answer = io.BufferedReader(_Answer(self._process, on_dry), _BUFFER_BYTES)
        row_count = 0
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            stream = pa.ipc.open_stream(answer)
            for batch in stream:
                row_count += batch.num_rows
                yield batch
            said = answer.readline()
        except (pa.ArrowInvalid, OSError):
            raise self._failure() from None
        if said != b"%d\n" % row_count:
            raise self._failure()
        self._is_idle = True

    def _failure(self) -> ReaderFailedError:
        """Of a program that has ended, or does so; one that goes on has said what is no answer, and is ended."""
        try:
            code = self._process.wait(_ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        if code < 0:
            return ReaderFailedError(f"it was ended by {signal.Signals(-code).name}", is_killed=True)
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        reason = lines[-1] if lines else f"exit code {code}"
        return ReaderFailedError(reason[:_MAX_REASON_CHARACTERS], is_killed=False)


class StatementReaders:
    """Readers that are kept for the next statement: as many as there were statements at one time."""

    def __init__(self) -> None:
        self._kept: list[StatementReader] = []

    def close(self) -> None:
        while self._kept:
            self._kept.pop().close()

    @contextmanager
    def lend(self) -> Iterator[StatementReader]:
        """One that is idle, or a new one. Threads may share the readers, as a list's pop and append are one step."""
        reader = self._take() or StatementReader()
        try:
            yield reader
        finally:
            if reader.is_usable:
                self._kept.append(reader)
            else:
                reader.close()

    def _take(self) -> StatementReader | None:
        while True:
            try:
                reader = self._kept.pop()
            except IndexError:
                return None
            if reader.is_usable:
                return reader
            reader.close()


class _Answer(io.RawIOBase):
    """What the program writes. Whoever reads calls `on_dry` while there is nothing and the program is asleep."""

    def __init__(self, process: subprocess.Popen[bytes], on_dry: Callable[[], None]) -> None:
        assert process.stdout
        self._process, self._on_dry = process, on_dry
        self._pipe = process.stdout.fileno()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not select.select([self._pipe], [], [], _DRY_SECONDS)[0]:
            if self._is_asleep():
                self._on_dry()
        return os.readv(self._pipe, [buffer])

    def _is_asleep(self) -> bool:
        """Whether the program waits for rows; on a busy machine it may also wait for its turn, with rows at hand."""
        try:
            stat = Path(f"/proc/{self._process.pid}/stat").read_text()
        except OSError:
            return True  # not Linux: nobody can tell
        return stat.rpartition(")")[2].split()[0] == "S"
