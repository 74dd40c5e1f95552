"""The form of a run by hand: its fields, with the dumps of sources.toml as choices."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from airflow.sdk import Param

from newsmill import settings
from newsmill.steps import list_rows

DATE: dict[str, Any] = {"type": ["null", "string"], "format": "date"}


def form_params() -> dict[str, Param]:
    """Return the fields of the form by name."""
    return {**_night_fields(), **_source_fields(), **_rule_fields()}


def _night_fields() -> dict[str, Param]:
    return {
        "night": Param(
            None,
            **DATE,
            title="Night",
            description="The night (partition date) of the dumps to read. Empty: the date of this run.",
        ),
        "last_night": Param(
            None,
            **DATE,
            title="Last night of a range",
            description="Run every night from the night above to this one, in order. Empty: one night.",
        ),
    }


def _source_fields() -> dict[str, Param]:
    texts: dict[str, Any] = {"type": ["null", "array"], "items": {"type": "string"}}  # the pages send null for empty
    return {
        "sources": Param(
            [],
            **texts,
            examples=list_sources(),
            title="Sources",
            description="The sources of sources.toml to read. Empty: all of them.",
        ),
        "files": Param(
            [],
            **texts,
            title="Files",
            description="Paths inside the project, one a line, to read in place of sources. "
            "{night} is replaced by the date of the night.",
        ),
        "content": Param(
            "page",
            enum=["page", "article"],
            title="Content of the files",
            values_display={"page": "scraped pages", "article": "main text, from which nothing is cut"},
            description="Content of the files above. The content of sources is in sources.toml.",
        ),
    }


def _rule_fields() -> dict[str, Param]:
    starts = list_starts()
    return {
        "from_step": Param(
            None,
            enum=[None, *starts],
            type=["null", "string"],
            values_display={"null": "the first step", **starts},
            title="Start from",
            description="Repeat the night from this step on, with the output of the last run for the earlier steps.",
        ),
        "dry_run": Param(
            False,
            type="boolean",
            title="Dry run",
            description="Do all steps on a copy, publish nothing; the log of publish says what would change. "
            "Of a range each night is compared with what is published, not with the night before it.",
        ),
        "learned": Param(
            None,
            **DATE,
            title="Boilerplate learned up to",
            description="Clean with the boilerplate learned up to this night. Empty: up to the night itself.",
        ),
    }


def list_sources() -> list[str]:
    """Return the names in sources.toml; none if the file is broken, because the run then says why."""
    path = Path(settings.read().sources)
    try:
        return sorted(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except (OSError, ValueError):
        return []


def list_starts() -> dict[str, str]:
    """Return the steps that a run may start from, each with the names of its row, from the read to the check.

    A later start would load a night that the check refused.
    """
    rows = {row[0].name: ", ".join(step.name for step in row) for row in list_rows()}
    names = list(rows)
    return {name: rows[name] for name in names[names.index("read") : names.index("check") + 1]}


def list_rebuild_starts() -> list[str]:
    """Return the steps that a rebuild may start from, in the order of a night."""
    names = [step.name for row in list_rows() for step in row if step.name != "copy"]
    return names[names.index("read") : names.index("load") + 1]


def list_snapshot_files() -> list[str]:
    """Return the names of the snapshot files, the newest file first; a parse of the DAG opens none of them."""
    files = (settings.read().home / "warehouse" / "snapshots").glob("[!.]*.duckdb")
    return [file.stem for file in sorted(files, key=lambda file: file.stat().st_mtime, reverse=True)]
