"""Passwords that a person types, at a terminal of the test's own."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

PROGRAM = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from blocks.passwords import find_password
from model.errors import ConfigError
for user in ("ann", "bob", "eve"):
    try:
        print("found", find_password({}, None, user, None)[::-1], file=sys.stderr)
    except ConfigError as error:
        print(error, file=sys.stderr)
"""


def test_find_password_asks_twice_and_echoes_nothing(tmp_path):
    terminal, inside = pty.openpty()
    with (tmp_path / "said").open("w+") as said:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            stdin=inside,
            stdout=inside,
            stderr=said,
            start_new_session=True,
            env={**os.environ, "PREFECT_HOME": str(tmp_path), "DO_NOT_TRACK": "1"},  # Prefect says nothing of its own
        )
        os.close(inside)
        shown = ""
        for question, typed in (
            ("Password of ann: ", "Typed-by-ann-1"),
            ("Again: ", "Typed-by-ann-1"),
            ("Password of bob: ", "Typed-by-bob-1"),
            ("Again: ", "Typed-by-bob-2"),
            ("Password of eve: ", "short"),
            ("Again: ", "short"),
        ):
            while not shown.endswith(question):
                shown += os.read(terminal, 1024).decode()
            os.write(terminal, typed.encode() + b"\n")
        assert process.wait(60) == 0
        said.seek(0)
        assert said.read().splitlines() == [
            "found 1-nna-yb-depyT",
            "Cannot create user 'bob': the passwords differ (expected the same twice). Run again.",
            "Cannot create user 'eve': the password in what was typed is refused: it has 5 characters"
            " (expected 8 to 64). Choose another.",
        ]
    os.close(terminal)
    assert "Typed" not in shown and "short" not in shown
