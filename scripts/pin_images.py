"""Pins the base images of Dockerfile and docker-compose.yml by digest: `make pin-images`, with Docker and a network.

A tag such as `postgres:17-bookworm` is moved to another image at each update; a digest is one image for ever.
"""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILES = ("Dockerfile", "docker-compose.yml")
_IMAGE = re.compile(r"^((?:FROM|\s+image:) )([a-z0-9./-]+:[\w.-]+)(?:@sha256:[0-9a-f]{64})?", re.MULTILINE)
"""An image with a tag, pinned or not; an image without a tag, such as `newsmill`, is built here."""


def pin_images(text: str, find_digest: Callable[[str], str]) -> str:
    """Return the text with the digest of each image that has a tag."""
    return _IMAGE.sub(lambda match: f"{match[1]}{match[2]}@{find_digest(match[2])}", text)


def ask_registry(image: str) -> str:
    """Return the digest of an image for all platforms, as the registry has it now."""
    command = ["docker", "buildx", "imagetools", "inspect", "--format", "{{.Manifest.Digest}}", image]
    done = subprocess.run(command, capture_output=True, text=True)
    digest = done.stdout.strip()
    if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
        sys.exit(
            f"{image}: no digest ({(done.stderr or done.stdout).strip()}); nothing was changed; is there a network?"
        )
    return digest


def main() -> None:
    """Pin the images of all files, or change none."""
    pinned = {name: pin_images((ROOT / name).read_text(encoding="utf8"), ask_registry) for name in FILES}
    for name, text in pinned.items():
        (ROOT / name).write_text(text, encoding="utf8")
    print(f"pinned: {', '.join(FILES)}; commit them")


if __name__ == "__main__":
    main()
