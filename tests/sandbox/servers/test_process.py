import os
import signal
import subprocess

import pytest

from sandbox.servers.process import guarded


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives up root")
def test_guarded_unprivileged_finds_programs_in_a_folder_of_root(tmp_path):
    """PostgreSQL looks for its own programs with access(2), which drops capabilities unless told not to."""
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    program = hidden / "program"
    program.touch(mode=0o755)
    command = guarded(["test", "-x", str(program)], signal.SIGTERM, is_unprivileged=True)
    assert subprocess.run(command, check=False).returncode == 0
