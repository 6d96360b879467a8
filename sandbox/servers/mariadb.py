"""A private MySQL server: Debian's MariaDB, or Oracle's mysqld where that is what the machine has."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql

from sandbox.servers.process import ServerError, fresh_folder, guarded, run_to_end, spawn, stop, wait_until

STOP_SIGNAL = signal.SIGTERM
SEARCH_PATH = "/usr/sbin:/usr/local/sbin:/usr/libexec:/usr/local/mysql/bin:/usr/bin:/usr/local/bin"

# The machine may not crash, only processes may: nothing waits for the disk.
NO_SYNC = ["--innodb-flush-method=nosync", "--innodb-doublewrite=0"]
NO_SYNC_MARIADB = [*NO_SYNC, "--debug-no-sync"]

SETTINGS = [
    "--skip-log-bin",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-autoinc-lock-mode=2",
    "--innodb-buffer-pool-size=1G",
    "--innodb-sort-buffer-size=64M",
    "--character-set-server=utf8mb4",
    "--default-time-zone=+00:00",
    "--skip-name-resolve",
    "--bind-address=127.0.0.1",
]


@dataclass(frozen=True)
class MySQLProgram:
    """The server program that was found."""

    path: Path
    is_mariadb: bool


@dataclass
class MySQL:
    """A running server; `root` has no password and comes in by the socket only."""

    data_dir: Path
    port: int
    socket: Path
    process: subprocess.Popen[bytes]

    def connect(self) -> Any:
        """A PyMySQL connection as root, in autocommit mode."""
        return pymysql.connect(unix_socket=str(self.socket), user="root", autocommit=True)

    def stop(self) -> None:
        stop(self.process, STOP_SIGNAL)

    def __enter__(self) -> MySQL:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start_mysql(data_dir: Path, port: int, socket_dir: Path) -> MySQL:
    """Create the data folder if there is none, start a server on 127.0.0.1:`port`, return when it answers.

    The log is `<data_dir>.log`. Raises: ServerError with the last lines of the log, or with what to install.
    """
    program = find_program()
    create_data_dir(program, data_dir)
    mysql = launch(program, data_dir, port, socket_dir)
    try:
        wait_until(lambda: answers(mysql), mysql.process, log_of(data_dir))
    except BaseException:
        mysql.stop()
        raise
    return mysql


def find_program(search_path: str | None = None) -> MySQLProgram:
    """The server on this machine, MariaDB first. Raises: ServerError with what to install."""
    places = f"{os.environ.get('PATH', '')}:{SEARCH_PATH}" if search_path is None else search_path
    for name in ("mariadbd", "mysqld"):
        if found := shutil.which(name, path=places):
            version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
            return MySQLProgram(Path(found), "mariadb" in version.lower())
    raise ServerError(
        "Cannot find 'mariadbd' or 'mysqld': no MySQL server on this machine. "
        "Run apt-get install mariadb-server-core mariadb-client-core."
    )


def create_data_dir(program: MySQLProgram, data_dir: Path) -> None:
    """Install the system tables unless that was done."""
    if data_dir.exists():
        return
    unfinished = fresh_folder(data_dir)
    options = ["--no-defaults", f"--user={system_user()}", f"--datadir={unfinished}"]
    if program.is_mariadb:
        installer = shutil.which("mariadb-install-db", path=f"{program.path.parent}:/usr/bin:{SEARCH_PATH}")
        if installer is None:
            raise ServerError("Cannot find 'mariadb-install-db'. Run apt-get install mariadb-server-core.")
        command = [installer, *options, *NO_SYNC_MARIADB]
        command += ["--auth-root-authentication-method=normal", "--skip-test-db"]
    else:
        command = [str(program.path), *options, *NO_SYNC, "--initialize-insecure"]
    run_to_end(guarded(command, STOP_SIGNAL), log_of(data_dir))
    unfinished.rename(data_dir)


def launch(program: MySQLProgram, data_dir: Path, port: int, socket_dir: Path) -> MySQL:
    """Start the server process and do not wait."""
    socket = socket_dir / "mysql.sock"
    command = [str(program.path), "--no-defaults", f"--user={system_user()}", f"--datadir={data_dir}"]
    command += [f"--socket={socket}", f"--port={port}", f"--pid-file={socket_dir / 'mysql.pid'}", *SETTINGS]
    command += NO_SYNC_MARIADB if program.is_mariadb else [*NO_SYNC, "--mysqlx=OFF"]
    return MySQL(data_dir, port, socket, spawn(guarded(command, STOP_SIGNAL), log_of(data_dir)))


def answers(mysql: MySQL) -> bool:
    """Whether a connection is accepted."""
    try:
        mysql.connect().close()
    except pymysql.err.OperationalError:
        return False
    return True


def system_user() -> str:
    """The account that the server runs as: the one that runs the sandbox, root too."""
    return pwd.getpwuid(os.geteuid()).pw_name


def log_of(data_dir: Path) -> Path:
    return data_dir.with_name(data_dir.name + ".log")
