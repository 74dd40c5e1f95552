"""Owns the checkout's virtual environment: builds it from the locks, and does nothing while they are unchanged.

Runs on the system's Python, before anything is installed: standard library only, and readable by an old Python 3.
"""

import hashlib
import importlib.util
import json
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / ".locks.json"
COMMAND = VENV / "bin" / "newsmill"
UV_LOCK = ROOT / "scripts" / "uv.txt"
RUNTIME, DEV = "requirements.txt", "requirements-dev.txt"


def complaint():
    """Return what hinders this Python from building the environment, as a sentence for its user, or nothing."""
    if sys.version_info < (3, 11):
        return (
            "newsmill needs Python 3.11 or newer, and {} is {}. Install one (Debian, Ubuntu: apt install "
            "python3.11 python3.11-venv), or name one: make nightly PYTHON=/path/to/python3.11"
        ).format(sys.executable, platform.python_version())
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        return (
            "this Python cannot make virtual environments, because Debian and Ubuntu ship that part apart. "
            "Install it (apt install python3-venv) and run the same command again."
        )
    return ""


def wanted_locks(dev):
    """Return the names of the locks to install; tools once installed stay, also when only the runtime is asked for."""
    return [RUNTIME, DEV] if dev or DEV in stamped() else [RUNTIME]


def stamped():
    """Return what the environment was last built from; nothing where it never was, or not to the end."""
    try:
        return json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}


def wanted_stamp(locks):
    """Return what decides whether the environment is still good: its place, its Python and the hash of each lock."""
    hashes = {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in locks}
    return {"place": str(VENV), "base": sys.base_prefix, "python": platform.python_version(), **hashes}


def is_current(dev):
    """Return whether nothing need be done."""
    wanted = wanted_stamp(wanted_locks(dev))
    return stamped() == wanted and (VENV / "bin" / "python").exists() and COMMAND.exists()


def run(*command):
    """Run a command, and end with its code where it fails."""
    code = subprocess.call([str(part) for part in command])
    if code:
        sys.exit("the environment is not complete: {} ended with {}".format(command[0], code))


def build(dev):
    """Make the environment hold exactly what the locks say; every file is checked against its hash."""
    locks, before = wanted_locks(dev), stamped()
    wanted, kept = wanted_stamp(locks), {"place", "base", "python"}
    STAMP.unlink(missing_ok=True)
    if any(before.get(name) != wanted[name] for name in kept) or not (VENV / "bin" / "pip").exists():
        print("Making .venv with Python {} …".format(platform.python_version()), flush=True)
        run(sys.executable, "-m", "venv", "--clear", VENV)
    python = VENV / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", UV_LOCK)
    print("Installing {} (the first time 250 MB are fetched) …".format(" and ".join(locks)), flush=True)
    sources = [ROOT / name for name in locks]
    run(VENV / "bin" / "uv", "pip", "sync", "--quiet", "--require-hashes", "--python", python, *sources)
    add_command(python)
    STAMP.write_text(json.dumps(wanted, indent=1))


def add_command(python):
    """Make `newsmill` a program of the environment that runs this checkout's code, as an editable install would.

    An editable install fetches a build backend, and none of its files would be checked against a hash.
    """
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(subprocess.check_output([str(python), "-c", where], text=True).strip())
    (packages / "newsmill.pth").write_text("{}\n".format(ROOT / "include"))
    lines = ("#!{}".format(python), "import sys", "", "from newsmill.__main__ import run_command", "")
    COMMAND.write_text("\n".join([*lines, "sys.exit(run_command())", ""]))
    COMMAND.chmod(0o755)


def main():
    """Build the environment unless it is current."""
    trouble = complaint()
    if trouble:
        sys.exit(trouble)
    dev = "--dev" in sys.argv[1:]
    if not is_current(dev):
        build(dev)


if __name__ == "__main__":
    main()
