"""A project surrounded by traps, and hostile texts: attempts to read a file outside of the project."""

from collections.abc import Iterator
from pathlib import Path

CANARY = "zanthorix-quillowmere"
"""The text of every guarded file, in no other file."""
SECRET = f"The word of the day is {CANARY}, and the harbour does not know it.\n"
PLAIN = "The ferry to Tallow Bay sailed at noon, and the crew said that the sea was calm.\n"
GUARDED = (
    "../outside/secret.txt",
    "../outside/2026-03-02/secret.txt",
    ".secrets/key.txt",
    ".airflow/settings.txt",
    ".env",
    "data/warehouse/news.txt",
    "data/lake/part.txt",
    "data/landing/earlier/feed.txt",
    "dumps/sub/.hidden/secret.txt",
)
LINKS = {
    "dumps/link.txt": "../../outside/secret.txt",
    "dumps/linked": "../../outside",
    "dumps/chain": "linked",
    "dumps/hidden-link": "../.secrets",
    "dumps/own": "../data/warehouse",
    "dumps/dotlink.txt": "../.env",
    "dumps/2026-03-02-link": "../../outside",
    "2026-03-02": "../outside",
    "dumps/loop": "loop",
    "dumps/sub/inner.txt": ".hidden/secret.txt",
    "samples": ".airflow",
}
ENVIRONMENT = {
    "SECRETS_FOLDER": "{root}/.secrets",
    "UPWARDS": "../outside",
    "UP_TWO": "../../outside",
    "HIDDEN": ".env",
}

HOSTILE = (
    # formats that are no date
    "{night:.secrets}/key.txt",
    "{night:..}/outside/secret.txt",
    "{night:.}env",
    "{night:.env}",
    "{night:%Y/../../outside}/secret.txt",
    "dumps/{night:../../outside}/secret.txt",
    "{night:}/../.env",
    "{night:.airflow}/*",
    "{night:data/warehouse}/*",
    "{night:%Y%%2e%%2e}",
    "{night!r:.env}",
    "{night.__class__}/.env",
    # the environment
    "{env:SECRETS_FOLDER}/key.txt",
    "{env:UPWARDS}/secret.txt",
    "dumps/{env:UP_TWO}/secret.txt",
    "{env:HIDDEN}",
    # steps upwards, hidden names, own data
    "../outside/secret.txt",
    "../outside",
    "dumps/../../outside/secret.txt",
    "dumps/./../.secrets/key.txt",
    "dumps/linked/../.secrets/key.txt",
    ".secrets/key.txt",
    ".secrets",
    ".airflow/settings.txt",
    ".env",
    "dumps/sub/.hidden/secret.txt",
    "data/warehouse/news.txt",
    "data",
    "data/landing",
    "data/lake/*.txt",
    # whole addresses
    "{root}/.secrets/key.txt",
    "file://{root}/.secrets/key.txt",
    "FILE://{root}/.env",
    "file://localhost{root}/.env",
    "//{root}/.env",
    "file:{root}/.env",
    "/proc/self/root{root}/.secrets/key.txt",
    "/proc/self/cwd/.secrets/key.txt",
    "~/key.txt",
    "http://127.0.0.1:1/secret.txt",
    "http://169.254.169.254/latest/meta-data",
    # spelled otherwise
    "%2e%2e/outside/secret.txt",
    "..%2foutside%2fsecret.txt",
    "%2e%2e%2foutside%2fsecret.txt",
    "..\\outside\\secret.txt",
    "dumps/%2e%2e/%2e%2e/outside/secret.txt",
    "dumps/nothing\0/../../outside/secret.txt",
    "x" * 5000,
    # links
    "dumps/link.txt",
    "dumps/linked",
    "dumps/linked/secret.txt",
    "dumps/chain/secret.txt",
    "dumps/hidden-link/key.txt",
    "dumps/own/news.txt",
    "dumps/dotlink.txt",
    "dumps/{night}-link/secret.txt",
    "{night}/secret.txt",
    "dumps/loop",
    "dumps/sub/inner.txt",
    "samples/settings.txt",
    # patterns, and folders with traps in them
    "dumps/linked/*.txt",
    "dumps/chain/**",
    "dumps/hidden-link/*",
    "dumps/own/*",
    "dumps/{night}-link/*",
    "*/key.txt",
    ".*/*.txt",
    "[.]secrets/*",
    "**/secret.txt",
    "*/*/news.txt",
    "dumps/**/*.txt",
    "**",
    ".",
    "dumps",
    # nothing
    "",
    "   ",
)


def build_project(folder: Path) -> Path:
    """Create a project with a readable file, guarded files and links to them; return the root."""
    root = folder / "project"
    for name in GUARDED:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SECRET, encoding="utf8")
    for name, target in LINKS.items():
        (root / name).symlink_to(target)
    (root / "dumps" / "plain.txt").write_text(PLAIN, encoding="utf8")
    return root


def environment(root: Path) -> dict[str, str]:
    """Return the environment variables of the texts; HOME is a hidden folder too."""
    return {name: value.replace("{root}", str(root)) for name, value in ENVIRONMENT.items()} | {
        "HOME": str(root / ".secrets")
    }


def texts(root: Path) -> list[str]:
    """Return the hostile texts for a project."""
    return [text.replace("{root}", str(root)) for text in HOSTILE]


def leaks(home: Path) -> Iterator[Path]:
    """Yield the files below newsmill's home with the canary, except the planted files."""
    planted = {home.parent / name for name in GUARDED}
    for path in sorted(home.rglob("*")):
        if path.is_file() and path not in planted and CANARY.encode() in path.read_bytes():
            yield path
