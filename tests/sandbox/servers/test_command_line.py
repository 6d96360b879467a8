"""`python -m sandbox` as a process: run, up, down, status, env, and what a SIGKILL leaves."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import psutil
import psycopg2
import pytest

from sandbox.__main__ import main
from sandbox.servers import Sandbox, ServerError
from sandbox.servers.state import State

REPOSITORY = Path(__file__).parents[3]
NAMES = [
    *("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"),
    *("REDSHIFT_HOST", "REDSHIFT_PORT", "REDSHIFT_DATABASE", "REDSHIFT_USER", "REDSHIFT_PASSWORD"),
    *("REDSHIFT_CLUSTER_IDENTIFIER", "REDSHIFT_WORKGROUP", "REDSHIFT_IAM_ROLE", "LAKE_BUCKET"),
    *("MYSQL_HOST", "MYSQL_PORT", "MYSQL_USER", "MYSQL_PASSWORD", "MYSQL_DATABASE"),
    *("POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DATABASE"),
]
SHOW_AND_EXIT_7 = "import json, os, sys; print(json.dumps(dict(os.environ)), flush=True); sys.exit(7)"


def command(*arguments: str, before: tuple[str, ...] = (), **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*before, sys.executable, "-m", "sandbox", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def wait_for(condition, seconds=15):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def processes_of(state_folder: Path) -> list[psutil.Process]:
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(str(state_folder) in argument for argument in process.info["cmdline"] or [])
    ]


def test_run_command_gets_exactly_the_names_and_returns_its_exit_code(tmp_path):
    outer = {"TMPDIR": str(tmp_path), "AWS_PROFILE": "a-real-account"}
    done = command("run", "--", sys.executable, "-c", SHOW_AND_EXIT_7, **outer)
    assert done.returncode == 7, done.stderr
    environment = json.loads(done.stdout)
    assert environment.keys() - os.environ.keys() - outer.keys() == set(NAMES) - os.environ.keys()
    assert "AWS_PROFILE" not in environment
    fixed = {
        "AWS_DEFAULT_REGION": "us-east-1",
        "REDSHIFT_DATABASE": "dev",
        "REDSHIFT_CLUSTER_IDENTIFIER": "sandbox",
        "REDSHIFT_WORKGROUP": "sandbox",
        "REDSHIFT_IAM_ROLE": "arn:aws:iam::123456789012:role/RedshiftLoader",
        "LAKE_BUCKET": "lake",
        "MYSQL_DATABASE": "shop",
        "POSTGRES_DATABASE": "shop",
    }
    assert {name: environment[name] for name in fixed} == fixed
    assert not list(tmp_path.iterdir()), "run leaves a folder behind"


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["run"], 2, "Cannot run '': no command"),
        (["run", "--", "no-such-program-here"], 127, "Cannot run 'no-such-program-here'"),
        (["env", "--state", "/nonexistent/state"], 1, "Cannot find a sandbox in '/nonexistent/state'"),
        (["up", "--state", __file__], 1, f"Cannot use '{__file__}' as state folder: File exists"),
        (["up", "--state", f"{__file__}/x"], 1, f"Cannot use '{__file__}/x' as state folder: Not a directory"),
        (["status", "--state", __file__], 1, f"Cannot use '{__file__}' as state folder"),
    ],
)
def test_main_wrong_use_says_so_at_once(capsys, arguments, code, text):
    assert main(arguments) == code
    assert text in capsys.readouterr().err


def test_up_survives_sigkill_and_keeps_data(tmp_path, sandbox):
    """Also: side by side with the session's sandbox."""
    state_folder = tmp_path / "state"
    state = State(state_folder)
    try:
        up = command("up", "--state", str(state_folder), "--prefect")
        assert up.returncode == 0, up.stderr
        assert command("up", "--state", str(state_folder)).returncode == 0, "a second up is no error"
        assert command("status", "--state", str(state_folder)).returncode == 0
        first = exported(state_folder)
        assert set(first) == set(NAMES)
        assert first["REDSHIFT_PORT"] != sandbox.environment["REDSHIFT_PORT"]
        execute(first, "create table kept as select 42 as answer")
        execute(first, "select 1", database="prefect")
        with pytest.raises(ServerError, match="one runs there"):
            Sandbox(state_folder).start()

        os.kill(state.holder(), signal.SIGKILL)
        wait_for(lambda: not state.running())
        assert command("status", "--state", str(state_folder)).returncode == 3

        again = command("up", "--state", str(state_folder))
        assert again.returncode == 0, again.stderr
        second = exported(state_folder)
        assert second["POSTGRES_PASSWORD"] == first["POSTGRES_PASSWORD"]
        assert execute(second, "select answer from kept") == [(42,)]
    finally:
        down = command("down", "--state", str(state_folder))
    assert "stopped" in down.stdout
    wait_for(lambda: not processes_of(state_folder))
    assert not state.path("environment.json").exists()


def test_up_after_sigkill_of_servers_starts_all_anew(tmp_path):
    state_folder = tmp_path / "state"
    state = State(state_folder)
    try:
        assert command("up", "--state", str(state_folder)).returncode == 0
        for killed in ({"redshift"}, {"aws", "engine"}):
            for name in killed:
                os.kill(state.running()[name], signal.SIGKILL)
            wait_for(lambda killed=killed: state.ended() == killed)
            assert command("status", "--state", str(state_folder)).returncode == 3
            again = command("up", "--state", str(state_folder))
            assert (again.returncode, state.ended()) == (0, set()), again.stderr
            assert command("status", "--state", str(state_folder)).returncode == 0
    finally:
        command("down", "--state", str(state_folder))


def exported(state_folder: Path) -> dict[str, str]:
    lines = command("env", "--state", str(state_folder)).stdout.splitlines()
    return dict(line.removeprefix("export ").split("=", 1) for line in lines)


def execute(environment, sql, database="shop"):
    connection = psycopg2.connect(
        host=environment["POSTGRES_HOST"],
        port=environment["POSTGRES_PORT"],
        user=environment["POSTGRES_USER"],
        password=environment["POSTGRES_PASSWORD"],
        dbname=database,
    )
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def test_run_killed_with_its_supervisor_leaves_no_server_and_the_next_start_works(tmp_path):
    state_folder = tmp_path / "state"
    runner = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "run", "--state", str(state_folder), "--", "sleep", "60"],
        cwd=REPOSITORY,
    )
    state = State(state_folder)
    try:
        wait_for(lambda: state.path("environment.json").exists(), 40)
        for pid in (state.holder(), state.running()["source"], runner.pid):
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not state.running())
        socket_dir = Path(state.read("processes.json")["socket_dir"])
        assert socket_dir.exists()
        with Sandbox(state_folder) as sandbox:
            assert execute(sandbox.environment, "select 1") == [(1,)]
            assert not socket_dir.exists(), "the killed one's sockets are still there"
    finally:
        runner.kill()
        runner.wait()
        for process in processes_of(state_folder):
            process.kill()


def test_run_sigterm_reaches_the_command_and_everything_stops(tmp_path):
    state_folder = tmp_path / "state"
    runner = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "run", "--state", str(state_folder), "--", "sleep", "60"],
        cwd=REPOSITORY,
    )
    wait_for(lambda: state_folder.exists() and State(state_folder).path("environment.json").exists(), 40)
    wait_for(lambda: any(child.name() == "sleep" for child in psutil.Process(runner.pid).children()))
    socket_dir = Path(State(state_folder).read("processes.json")["socket_dir"])
    assert socket_dir.exists()
    runner.send_signal(signal.SIGTERM)
    assert runner.wait(20) == 128 + signal.SIGTERM
    wait_for(lambda: not processes_of(state_folder))
    assert not socket_dir.exists()


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="root gives up its rights here")
def test_run_as_normal_user_works(tmp_path):
    """The user keeps the right to pass folders, because the interpreter may be in /root."""
    folders = Path(sysconfig.get_path("purelib")).parents
    if closed := [str(folder) for folder in folders if not folder.stat().st_mode & stat.S_IXOTH]:
        pytest.skip(f"PostgreSQL asks by itself whether it may run, and only root may enter {closed[0]}")
    home = tmp_path / "home"
    home.mkdir(mode=0o777)
    home.chmod(0o777)
    user = ("setpriv", "--reuid=65534", "--clear-groups", "--inh-caps=+dac_override")
    user += ("--ambient-caps=+dac_override", "--")
    done = command("run", "--state", str(home / "state"), "--", "id", "-u", before=user)
    assert (done.returncode, done.stdout) == (0, "65534\n"), done.stderr
    assert (home / "state" / "mysql").stat().st_uid == 65534
