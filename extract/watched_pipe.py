"""The end of a pipe that another thread fills from a server, which may fall silent for good."""

from __future__ import annotations

import io
import os
import select
from collections.abc import Callable
from typing import Any

# How long nothing may come before the server is asked by another connection, again and again; and how often it then
# may give no answer. A long statement is no reason to give up: only the server knows how long it takes.
_SILENCE_SECONDS = 30.0
_MAX_UNANSWERED = 2


class WatchedPipe(io.RawIOBase):
    """What comes out of a pipe.

    `is_answering` asks whether the server still lives; where it does not, `give_up` ends the thread that fills the
    pipe, and so the pipe.
    """

    def __init__(self, descriptor: int, is_answering: Callable[[], bool], give_up: Callable[[], None]) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._is_answering = is_answering
        self._give_up = give_up
        self.is_lost = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        unanswered = 0
        while not self.is_lost and not select.select([self._descriptor], [], [], _SILENCE_SECONDS)[0]:
            unanswered = 0 if self._is_answering() else unanswered + 1
            if unanswered == _MAX_UNANSWERED:
                self.is_lost = True
                self._give_up()
        return os.readv(self._descriptor, [buffer])

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()
