"""The arguments of a command, refused in one line where they are wrong."""

from __future__ import annotations

import argparse
from typing import NoReturn

from model.errors import ConfigError


class Parser(argparse.ArgumentParser):
    """Raises ConfigError, which the caller prints, where argparse would print its usage and end the program."""

    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"Cannot run '{self.prog}': {message}. See {self.prog} --help.")
