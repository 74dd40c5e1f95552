"""Runs commands of newsmill from tasks, for work in several processes: a task itself can start no worker process."""

from __future__ import annotations

import logging
import subprocess
import sys

log = logging.getLogger(__name__)
LAST_LINES = 5


def run_newsmill(*arguments: str) -> None:
    """Run a command in the home of the settings and log its lines; raise Permanent with the last ones if it fails."""
    from newsmill import settings
    from newsmill.errors import Permanent

    home = str(settings.read().home.resolve())
    command = [sys.executable, "-m", "newsmill", *arguments, "--home", home]
    lines: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None  # a pipe
            for line in process.stdout:
                lines.append(line.rstrip())
                log.info(lines[-1])
        except BaseException:
            process.terminate()  # the task is ended: its work ends with it
            raise
    if process.returncode:
        raise Permanent(*(lines[-LAST_LINES:] or [f"newsmill {' '.join(arguments)} ended with {process.returncode}"]))
