"""Processes, state folder and servers, each alone."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from sandbox.servers.environment import free_ports
from sandbox.servers.mariadb import find_program
from sandbox.servers.postgres import start_postgres
from sandbox.servers.process import ServerError
from sandbox.servers.state import State, make_socket_dir, start_ticks


@pytest.fixture
def short_folder():
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


def test_start_postgres_fresh_folder_answers_and_sorts_by_code_point(short_folder):
    with start_postgres(short_folder / "data", free_ports().engine, short_folder) as postgres:
        cursor = postgres.connect().cursor()
        cursor.execute("select string_agg(x, '' order by x), upper('é') from (values ('b'), ('A'), ('a'), ('B')) v(x)")
        assert cursor.fetchone() == ("ABab", "É")
    assert postgres.process.poll() is not None


def test_start_postgres_port_in_use_names_log_and_its_last_lines(short_folder):
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ServerError) as failure:
        start_postgres(short_folder / "data", taken.getsockname()[1], short_folder)
    assert f"Cannot start 'data': it ended with code 1. Read '{short_folder / 'data.log'}'" in str(failure.value)
    assert "could not bind IPv4 address" in str(failure.value)


def test_start_postgres_stale_pid_file_of_a_stranger_starts(short_folder):
    data_dir = short_folder / "data"
    start_postgres(data_dir, free_ports().engine, short_folder).stop()
    server_user = (data_dir / "PG_VERSION").stat().st_uid
    stranger = subprocess.Popen(["sleep", "30"], user=server_user if os.geteuid() == 0 else None)
    try:
        (data_dir / "postmaster.pid").write_text(f"{stranger.pid}\n{data_dir}\n0\n1\n\n\n0 0\n")
        start_postgres(data_dir, free_ports().engine, short_folder).stop()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_find_program_no_mysql_server_says_what_to_install(tmp_path):
    with pytest.raises(ServerError, match="apt-get install mariadb-server-core mariadb-client-core"):
        find_program(search_path=str(tmp_path))


@pytest.mark.parametrize(("banner", "is_mariadb"), [("Ver 10.11.19-MariaDB", True), ("Ver 8.4.3 for Linux", False)])
def test_find_program_mysqld_tells_mariadb_from_oracle(tmp_path, banner, is_mariadb):
    program = tmp_path / "mysqld"
    program.write_text(f"#!/bin/sh\necho '{program} {banner}'\n")
    program.chmod(0o755)
    assert find_program(search_path=str(tmp_path)).is_mariadb is is_mariadb


def test_stop_orphans_recorded_process_is_stopped_and_a_stranger_is_not(tmp_path):
    state = State(tmp_path / "state")
    orphan, stranger = (subprocess.Popen(["sleep", "60"]) for _ in range(2))
    try:
        socket_dir = make_socket_dir()
        state.record({"mysql": orphan.pid, "aws": stranger.pid}, socket_dir)
        recorded = state.read("processes.json")
        recorded["processes"]["aws"]["started"] -= 1
        state.write("processes.json", recorded)
        assert state.running() == {"mysql": orphan.pid}
        state.stop_orphans()
        assert orphan.wait(5) == -15
        assert stranger.poll() is None, "a process with another start time was stopped"
        assert not socket_dir.exists()
    finally:
        for process in (orphan, stranger):
            process.kill()
            process.wait()


def test_start_ticks_ended_process_is_none():
    process = subprocess.Popen(["sleep", "60"])
    assert start_ticks(process.pid)
    process.kill()
    process.wait()
    assert start_ticks(process.pid) is None


def test_lock_held_twice_names_the_folder_and_the_remedy(tmp_path):
    state = State(tmp_path / "state")
    assert state.holder() is None
    with state.lock():
        assert state.holder()
        with pytest.raises(ServerError, match=r"one runs there .* python -m sandbox down --state"):
            state.lock(patience_seconds=0)
    state.lock(patience_seconds=0).close()


def test_secrets_same_folder_same_other_folder_other(tmp_path):
    first = State(tmp_path / "a").secrets()
    assert State(tmp_path / "a").secrets() == first
    other = State(tmp_path / "b").secrets()
    assert not set(first.values()) & set(other.values())
    assert (tmp_path / "a" / "secrets.json").stat().st_mode & 0o077 == 0
