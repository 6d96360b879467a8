"""The command line of the sandbox: `python -m sandbox run|up|down|status|env|seed|trade|seed-songplays`."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from sandbox import music, shop
from sandbox.servers import Sandbox, ServerError
from sandbox.servers.lifecycle import bring_up, take_down
from sandbox.servers.state import DEFAULT_STATE, State


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code (2 for a wrong command line, 1 for what went wrong)."""
    own, command = split_command(sys.argv[1:] if arguments is None else arguments)
    options = parser().parse_args(own)
    options.command = command
    try:
        code: int = options.action(options)
    except ServerError as error:
        print(error, file=sys.stderr)
        return 1
    return code


def split_command(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Our own arguments, and those after the first `--`.

    >>> split_command(["run", "--", "git", "log", "--", "file"])
    (['run'], ['git', 'log', '--', 'file'])
    """
    end = list(arguments).index("--") if "--" in arguments else len(arguments)
    return list(arguments[:end]), list(arguments[end + 1 :])


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m sandbox", description="AWS, MySQL and PostgreSQL on this machine.")
    commands = top.add_subparsers(required=True, metavar="run|up|down|status|env|seed|trade|seed-songplays")

    run = commands.add_parser(
        "run",
        usage="python -m sandbox run [--state DIR] [--prefect] -- COMMAND …",
        help="start everything, run a command with the environment, stop everything",
    )
    run.add_argument("--state", type=Path, help="keep data here (default: a private folder, removed in the end)")
    run.add_argument("--prefect", action="store_true", help="add an empty database 'prefect' to the PostgreSQL source")
    run.set_defaults(action=run_command)

    up = commands.add_parser("up", help="start everything and leave it running")
    up.add_argument("--prefect", action="store_true", help="add an empty database 'prefect' to the PostgreSQL source")
    up.set_defaults(action=up_command)
    down = commands.add_parser("down", help="stop what up started; data stays in the state folder")
    down.set_defaults(action=down_command)
    status = commands.add_parser("status", help="say what runs; exit code 0 when everything does, else 3")
    status.set_defaults(action=status_command)
    env = commands.add_parser("env", help="print the environment as export lines")
    env.set_defaults(action=env_command)

    seed = commands.add_parser("seed", help="create shop.orders anew and fill it")
    seed.add_argument("--rows", type=positive, default=300_000, help="orders in MySQL (default 300000)")
    seed.add_argument("--start", type=date.fromisoformat, default=date(2025, 1, 1), help="first day, YYYY-MM-DD")
    seed.add_argument("--days", type=positive, default=3, help="days that have orders (default 3)")
    seed.set_defaults(action=seed_command)
    trade = commands.add_parser("trade", help="let the shop live through a day: orders of the day before change")
    trade.add_argument("--on", type=date.fromisoformat, required=True, help="the day, YYYY-MM-DD")
    trade.add_argument("--share", type=share, default=0.05, help="part of the orders that change (default 0.05)")
    trade.set_defaults(action=trade_command)

    songplays = commands.add_parser("seed-songplays", help="put JSON of a music service into the lake")
    songplays.add_argument("--events", type=positive, default=10_000, help="events in all (default 10000)")
    songplays.add_argument("--songs", type=positive, default=500, help="songs in the catalogue (default 500)")
    songplays.add_argument("--start", type=date.fromisoformat, default=date(2018, 11, 1), help="first day, YYYY-MM-DD")
    songplays.add_argument("--days", type=positive, default=30, help="days that have events (default 30)")
    songplays.set_defaults(action=seed_songplays_command)

    for command in (up, down, status, env, seed, trade, songplays):
        command.add_argument("--state", type=Path, default=DEFAULT_STATE, help="state folder (default .sandbox)")
    return top


def run_command(options: argparse.Namespace) -> int:
    """Ctrl-C is left to the command; SIGTERM is passed on to it. Exit code 127: there is no such command."""
    if not options.command:
        print("Cannot run '': no command (expected one after --).", file=sys.stderr)
        return 2
    if not shutil.which(options.command[0]):
        print(f"Cannot run '{options.command[0]}': no such program.", file=sys.stderr)
        return 127
    with Sandbox(options.state, options.prefect) as sandbox:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        command = subprocess.Popen(
            options.command,
            env=child_environment(os.environ, sandbox.environment),
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        signal.signal(signal.SIGTERM, lambda *_: command.terminate())
        code = command.wait()
    return code if code >= 0 else 128 - code


def child_environment(outer: Mapping[str, str], facts: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment with the sandbox's facts, without what would mix a real account into them."""
    foreign = {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION"}
    return {**{name: value for name, value in outer.items() if name not in foreign}, **facts}


def up_command(options: argparse.Namespace) -> int:
    bring_up(options.state, options.prefect)
    print(f'The sandbox runs. Its environment: eval "$(python -m sandbox env --state {options.state})"')
    return 0


def down_command(options: argparse.Namespace) -> int:
    was_running = options.state.exists() and take_down(options.state)
    print("The sandbox is stopped." if was_running else "No sandbox runs here.")
    return 0


def status_command(options: argparse.Namespace) -> int:
    if not options.state.exists():
        print(f"No sandbox in '{options.state}'.")
        return 3
    state = State(options.state)
    names = {"aws", "redshift", "engine", "source", "mysql"}
    running = state.running()
    for name in sorted(names):
        print(f"{name:10} {'runs, pid ' + str(running[name]) if name in running else 'does not run'}")
    return 0 if names <= running.keys() and state.holder() else 3


def env_command(options: argparse.Namespace) -> int:
    for name, value in running_environment(options.state).items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def seed_command(options: argparse.Namespace) -> int:
    for line in shop.seed(shop_environment(options.state), options.rows, options.start, options.days):
        print(line)
    return 0


def trade_command(options: argparse.Namespace) -> int:
    changed = shop.trade(shop_environment(options.state), options.on, options.share)
    print(f"{changed} orders changed on {options.on}.")
    return 0


def seed_songplays_command(options: argparse.Namespace) -> int:
    environment = os.environ if "LAKE_BUCKET" in os.environ else running_environment(options.state)
    for line in music.seed_songplays(environment, options.events, options.songs, options.start, options.days):
        print(line)
    return 0


def shop_environment(state_folder: Path) -> Mapping[str, str]:
    """The surrounding environment where it names a MySQL server, else that of the running sandbox."""
    return os.environ if "MYSQL_HOST" in os.environ else running_environment(state_folder)


def running_environment(state_folder: Path) -> dict[str, str]:
    """Raises: ServerError when no sandbox runs in the folder."""
    environment: dict[str, str] = State(state_folder).read("environment.json") if state_folder.exists() else {}
    if not environment:
        raise ServerError(f"Cannot find a sandbox in '{state_folder}': none runs there. Run python -m sandbox up.")
    return environment


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} (expected a number above 0)")
    return number


def share(text: str) -> float:
    number = float(text)
    if not 0 < number <= 1:
        raise argparse.ArgumentTypeError(f"{text} (expected a number above 0, at most 1)")
    return number


if __name__ == "__main__":
    sys.exit(main())
