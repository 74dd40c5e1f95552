"""Runs a script or module in plain Python, with the word tables of the name model as compiled code made them.

    NUMBA_DISABLE_JIT=1 python tests/plain_python.py TABLES (SCRIPT | MODULE)

Plain Python needs two minutes to split 250,000 listed names into tokens. tests/mentions compares what the tables hold.
"""

import runpy
import sys
from pathlib import Path

import numpy as np

from newsmill.mentions import features, tagger


def write_word_tables(path: Path) -> Path:
    """Write the word tables to a file, and return the file."""
    np.savez(path, *features.build_word_tables())
    return path


def main() -> None:
    """Run the program with the tables of the file."""
    tables, program = sys.argv[1:]
    with np.load(tables) as arrays:
        built = tuple(arrays[name] for name in arrays.files)
    tagger.build_word_tables = lambda: built
    sys.argv = [program]
    run = runpy.run_path if program.endswith(".py") else runpy.run_module
    run(program, run_name="__main__")


if __name__ == "__main__":
    main()
