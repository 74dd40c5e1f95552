"""Owns the checkout's virtual environment: builds it from the locks, and does nothing while they are unchanged.

Runs on the system's Python before any installation: standard library only, with syntax of old Python 3 versions.
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
    """Return why this Python cannot build the environment, as a sentence for the user; empty if it can."""
    if sys.version_info < (3, 11):
        return (
            "newsmill needs Python 3.11 or newer, and {} is {}. Install one (Debian, Ubuntu: apt install "
            "python3.11 python3.11-venv), or name one: make nightly PYTHON=/path/to/python3.11"
        ).format(sys.executable, platform.python_version())
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        return (
            "this Python cannot make virtual environments, because Debian and Ubuntu ship that part separately. "
            "Install it (apt install python3-venv) and run the same command again."
        )
    return ""


def required_locks(dev):
    """Return the names of the locks to install; once installed, development tools are always kept."""
    return [RUNTIME, DEV] if dev or DEV in stamped() else [RUNTIME]


def stamped():
    """Return the stamp of the last build; empty where no build was completed."""
    try:
        return json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}


def wanted_stamp(locks):
    """Return the inputs of the environment: folder, Python version and the hash of each lock."""
    hashes = {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in locks}
    return {"place": str(VENV), "base": sys.base_prefix, "python": platform.python_version(), **hashes}


def is_current(dev):
    """Return whether the environment matches the locks and holds the `newsmill` command."""
    wanted = wanted_stamp(required_locks(dev))
    return stamped() == wanted and (VENV / "bin" / "python").exists() and COMMAND.exists()


def run(*command):
    """Run a command, and exit with the code of a failed command."""
    code = subprocess.call([str(part) for part in command])
    if code:
        sys.exit("the environment is not complete: {} ended with {}".format(command[0], code))


def build(dev):
    """Install exactly the packages of the locks; every file is checked by hash."""
    locks, before = required_locks(dev), stamped()
    target, identity = wanted_stamp(locks), {"place", "base", "python"}
    STAMP.unlink(missing_ok=True)
    if any(before.get(name) != target[name] for name in identity) or not (VENV / "bin" / "pip").exists():
        print("Making .venv with Python {} …".format(platform.python_version()), flush=True)
        run(sys.executable, "-m", "venv", "--clear", VENV)
    python = VENV / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", UV_LOCK)
    print("Installing {} (the first time 250 MB are fetched) …".format(" and ".join(locks)), flush=True)
    sources = [ROOT / name for name in locks]
    run(VENV / "bin" / "uv", "pip", "sync", "--quiet", "--require-hashes", "--python", python, *sources)
    add_command(python)
    STAMP.write_text(json.dumps(target, indent=1))


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
    problem = complaint()
    if problem:
        sys.exit(problem)
    dev = "--dev" in sys.argv[1:]
    if not is_current(dev):
        build(dev)


if __name__ == "__main__":
    main()
