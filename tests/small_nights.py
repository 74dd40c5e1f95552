"""Pages of small nights, and a home with two of them, packed for later versions to open.

    python tests/small_nights.py

Writes tests/written_homes/format-N.tar.xz, with N the format of this version: at a release, and when the format grows.
"""

import shutil
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from night_runs import run_command, write_articles

from newsmill.warehouse.home_format import FORMAT

NIGHTS = ("2026-03-02", "2026-03-03")
WRITTEN_HOMES = Path(__file__).parent / "written_homes"
SHARED_LINE = "Subscribe to the Gull every morning"


def make_pages(night: str) -> list[dict]:
    """Return pages that share lines of boilerplate and a story, so that a night reads the history of another."""
    pages = []
    for number in range(6):
        said = (
            f"The council of Brackwater agreed on {night} to rebuild harbour wall {number}, said Ada Quill, its chair."
        )
        work = f"The work takes {number + 3} weeks and costs {number * 1000 + 900} crowns. The ferry from Oslo waits."
        text = ["", said, "", f'"We start soon", said Ada Quill. {work}', ""]
        pages.append(
            {
                "id": f"{night}-{number}",
                "url": f"https://gull.example/{night}/{number}",
                "title": f"Wall {number} to be rebuilt, {night}",
                "text": "\n".join(["Home", SHARED_LINE, *text, SHARED_LINE, "Read the Gull on paper, too"]),
            }
        )
    return pages


PEOPLE, LABEL = ("Ada Quill", "Bruno Marsh", "Cleo Winter"), "Gull Bay Courier, every morning at your door."


def make_pier_page(night: object, number: int, *footers: str) -> dict:
    """Return a page with a new story on one of PEOPLE, and lines of the site below."""
    who = PEOPLE[number]
    body = (
        f"The harbour council of Gull Bay heard {who} on the pier numbered {number} for most of an afternoon.\n"
        f"“We will restore pier {number} before winter,” said {who}, the engineer of the town, on {night}.\n"
        f"The council will vote on the plan for pier {number} on Friday, and the work would take three months.\n"
    )
    url, text = f"https://gullbay.example/{night}/pier-{number}", body + "".join(f"{line}\n" for line in footers)
    return {"url": url, "title": f"Pier {number} to be restored, says {who}", "text": text}


def write_dump(folder: Path, night: str) -> Path:
    """Write the pages of a night into a folder."""
    dump = folder / f"{night}.jsonl"
    write_articles(dump, make_pages(night))
    return dump


def pack_home() -> Path:
    """Run two nights, and pack their home without the pages of expectations, which each night draws anew."""
    archive = WRITTEN_HOMES / f"format-{FORMAT}.tar.xz"
    with TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        for night in NIGHTS:
            run_command(home, "night", night, "--source", str(write_dump(Path(folder), night)), "--jobs", "1")
        shutil.rmtree(home / "quality")
        WRITTEN_HOMES.mkdir(exist_ok=True)
        with tarfile.open(archive, "w:xz", preset=9) as packed:
            packed.add(home, "home")
    return archive


if __name__ == "__main__":
    print(pack_home())
