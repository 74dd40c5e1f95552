"""Start of the program `newsmill`: `python -m newsmill --help`."""

import gc
import signal
import sys

from newsmill.fork_server import start_fork_server


def run_command() -> int:
    """Run `newsmill` as a program: unexpected errors are printed with every line escaped."""
    if sys.argv[1:2] == ["night"]:
        start_fork_server()  # its imports take as long as those of this process, which follow
    from newsmill.cli.command_line import end_by_signal, main
    from newsmill.terminal import print_traceback

    sys.excepthook = print_traceback
    signal.signal(signal.SIGTERM, end_by_signal)
    try:
        return main()
    finally:
        gc.freeze()  # Python collects all modules at its end, which takes most of a second after a night


if __name__ == "__main__":
    sys.exit(run_command())
