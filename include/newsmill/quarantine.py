"""The quarantine: rejected records with their texts, decisions on them, and the nights that a decision changes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.compute as pc
from rich.console import Console

from newsmill import decisions, pipeline
from newsmill.decisions import RELEASE, RecordDecision, RecordDecisionIndex
from newsmill.errors import Permanent
from newsmill.escaping import escape_controls, format_code
from newsmill.lake import Lake
from newsmill.rebuild import RebuildRequest, rebuild
from newsmill.relations import PAGES, REJECTED, RELEASED, rejected
from newsmill.runs import MODEL_PREFIX, RELEASES
from newsmill.verdict_reasons import RELEASABLE
from newsmill.warehouse import loader, snapshots

OPEN, RELEASED_STATE, DISCARDED, TO_RELEASE, TO_DISCARD = (
    "open",
    "released",
    "discarded",
    "release to apply",
    "discard to apply",
)
"""The states of a record; a decision is applied when its night is loaded again."""
SHOWN_RECORDS, SHOWN_CHARS = 20, 1000
"""Most records, and most characters of each, in a description: Airflow keeps the description in its database."""
NO_TEXT = "(the record could not be read, so it has no text)"
_ALL_STAGES = rejected("*")
_REPLAY_ADVICE = "to publish it, run the same without --dry-run"
_STAGE = "clean"


@dataclass(frozen=True)
class Selection:
    """The records meant: one by its page_id, or those of a source with a reason on some nights; None means any."""

    record: str | None = None
    source: str | None = None
    reason: str | None = None
    first: date = date.min
    last: date = date.max

    def includes(self, row: dict[str, Any]) -> bool:
        """Report whether a rejected record is meant."""
        asked = ((self.record, "page_id"), (self.source, "dump"), (self.reason, "reason"))
        return self.first <= row["night"] <= self.last and all(row[name] == value for value, name in asked if value)


class RejectedRecord(NamedTuple):
    """A rejected or released record, its state, and the last decision on it."""

    night: date
    page_id: str
    dump: str
    stage: str
    reason: str
    detail: str
    state: str
    decision: dict[str, Any] | None

    @property
    def is_releasable(self) -> bool:
        """Report whether a release would load the record."""
        return self.stage == _STAGE and self.reason in RELEASABLE


def list_records(home: Path, selection: Selection) -> list[RejectedRecord]:
    """List the records that the last run of each night rejected, in order of night, source, reason and record."""
    lake = Lake(home / "lake")
    nights = {night for relation in (_ALL_STAGES, RELEASED) for night in lake.nights(relation)}
    chosen = [night for night in sorted(nights) if selection.first <= night <= selection.last]
    return [record for night in chosen for record in _list_night(home, lake, night, selection)]


def _list_night(home: Path, lake: Lake, night: date, selection: Selection) -> list[RejectedRecord]:
    decided = RecordDecisionIndex(decisions.tabulate_record_decisions(home, night))
    records = []
    for relation, is_loaded in ((_ALL_STAGES, False), (RELEASED, True)):
        rows = lake.dataset(relation, [night]).to_table(columns=["night", *REJECTED.replace("?", "").split()])
        for row in filter(selection.includes, rows.to_pylist()):
            decision = decided.find(row["page_id"], row["dump"], row["reason"])
            state = _name_state(is_loaded, decision, row["stage"], row["reason"])
            names = ("night", "page_id", "dump", "stage", "reason", "detail")
            columns = {name: row[name] for name in names}
            records.append(RejectedRecord(**columns, state=state, decision=decision))
    return sorted(records, key=lambda record: (record.dump, record.reason, record.page_id))


def _name_state(is_loaded: bool, decision: dict[str, Any] | None, stage: str, reason: str) -> str:
    if decision is None:
        return RELEASED_STATE if is_loaded else OPEN
    if decision["decision"] == RELEASE:
        if is_loaded:
            return RELEASED_STATE
        return TO_RELEASE if stage == _STAGE and reason in RELEASABLE else OPEN
    return TO_DISCARD if is_loaded else DISCARDED


def count_kinds(records: Iterable[RejectedRecord]) -> list[tuple[Any, ...]]:
    """Return (night, source, stage, reason, state, records, releasable, example) for each kind of records."""
    kinds: dict[tuple[Any, ...], list[RejectedRecord]] = {}
    for record in records:
        kinds.setdefault((record.night, record.dump, record.stage, record.reason, record.state), []).append(record)
    return [
        (*kind, len(members), "yes" if members[0].is_releasable else "no", members[0].page_id)
        for kind, members in kinds.items()
    ]


def read_texts(home: Path, records: Sequence[RejectedRecord]) -> dict[str, str]:
    """Return the text of records by page_id; a record that could not be read has none."""
    lake, texts = Lake(home / "lake"), dict[str, str]()
    for night in {record.night for record in records}:
        page_ids = [record.page_id for record in records if record.night == night]
        rows = lake.dataset(PAGES, [night]).to_table(
            columns=["page_id", "page_text"], filter=pc.field("page_id").isin(page_ids)
        )
        texts |= dict(zip(*(rows.column(name).to_pylist() for name in ("page_id", "page_text")), strict=True))
    return texts


def describe_choice(records: Sequence[RejectedRecord], word: str, because: str) -> str:
    """Return the headline of a decision that waits for approval."""
    kinds = sorted({f"{record.reason} of {record.dump}" for record in records})
    return f"{word.capitalize()} {len(records)} records ({', '.join(kinds)}): {escape_controls(because)}"


def write_markdown(home: Path, records: Sequence[RejectedRecord]) -> str:
    """Describe records for a page: counts by kind, then the first SHOWN_RECORDS with their texts.

    All that a site wrote is code, a line each, where nothing is a link, an image or a heading.
    """
    texts = read_texts(home, records[:SHOWN_RECORDS])
    lines = [f"{kind[5]} records of the night {kind[0]}, {kind[4]}" for kind in count_kinds(records)]
    limit = [f"The first {SHOWN_RECORDS} of {len(records)}:"] if len(records) > SHOWN_RECORDS else []
    blocks = [_write_code(record, texts.get(record.page_id)) for record in records[:SHOWN_RECORDS]]
    return "\n\n".join([*(f"- {line}" for line in lines), *limit, *blocks])


def _write_code(record: RejectedRecord, text: str | None) -> str:
    body = NO_TEXT if text is None else text[:SHOWN_CHARS] + ("…" if len(text) > SHOWN_CHARS else "")
    lines = [f"{record.page_id}  {record.reason}", record.detail, *body.split("\n")]
    # Airflow's page shows the lines of one block of code as one line: each is code of its own, before a hard break
    return "---\n\n" + "  \n".join(format_code(line) for line in lines if line.strip())


# -- decisions ---------------------------------------------------------------------------------------------------------


def require_decidable(home: Path, selection: Selection, word: str) -> list[RejectedRecord]:
    """Return the records that a decision is about; Permanent where there is none, or a release can load none."""
    records = list_records(home, selection)
    if not records:
        named = selection.record or f"of {selection.source} with the reason {selection.reason}"
        raise Permanent(f"the quarantine of {home} has no record {named}; see: quarantine list")
    if word == RELEASE and not any(record.is_releasable for record in records):
        raise Permanent(_explain_refusal(records[0]))
    return [record for record in records if record.is_releasable] if word == RELEASE else records


def _explain_refusal(record: RejectedRecord) -> str:
    return (
        f"{record.page_id} cannot be released: {record.stage} rejected it as {record.reason}, so there is nothing to "
        f"load; only verdicts of clean on the content of a page can be released: {', '.join(RELEASABLE)}; "
        f"what was found: {record.detail}"
    )


def decide(
    home: Path, selection: Selection, word: str, by: str, because: str, decided_at: datetime | None = None
) -> list[date]:
    """Append a decision on the selected records; return the nights that are to be loaded again.

    A decision on a kind covers the nights from the first to the last with such a record, and no later ones.
    """
    records = require_decidable(home, selection, word)
    nights = sorted({record.night for record in records})
    kind: dict[str, Any] = {
        "source": selection.source,
        "reason": selection.reason,
        "first": nights[0],
        "last": nights[-1],
    }
    keys = {"record": selection.record} if selection.record else kind
    moment = (decided_at or datetime.now(UTC)).replace(microsecond=0)
    decision = RecordDecision(word, by, moment, because, **keys)
    if decision not in decisions.read_record_decisions(home):  # a task that is tried again has written it already
        decisions.append_record_decision(home, decision)
    return nights


# -- replay ------------------------------------------------------------------------------------------------------------


def list_unapplied_nights(home: Path) -> dict[str, frozenset[date]]:
    """Return the published nights with decisions to apply, by the step to repeat them from."""
    if snapshots.current_snapshot(home / "warehouse") is None:
        return {}
    versions = loader.read_published_versions(home / "warehouse")
    records = list_records(home, Selection())
    waiting = {record.night for record in records if record.state in (TO_RELEASE, TO_DISCARD)}
    to_clean = {
        night
        for night, version in versions.items()
        if night in waiting or _find_version(version["model_versions"]) != _hash_releases(home, night)
    }
    return {
        "clean": frozenset(to_clean & versions.keys()),
        "load": frozenset(_list_discarded(home, records) - to_clean),
    }


def _find_version(models: Iterable[str]) -> str:
    return next((model.partition("=")[2] for model in models if model.startswith(f"{RELEASES}=")), "")


def _hash_releases(home: Path, night: date) -> str:
    return pipeline.version_releases(home, night).get(f"{MODEL_PREFIX}{RELEASES}", "")[:12]


def _list_discarded(home: Path, records: Iterable[RejectedRecord]) -> set[date]:
    """List the nights with a discarded record that the published table shows as open."""
    discarded = {(record.night, record.page_id, record.reason) for record in records if record.state == DISCARDED}
    with snapshots.open_published(home / "warehouse") as con:
        rows = con.execute("SELECT night, page_id, reason FROM ops.rejected WHERE state <> 'discarded'").fetchall()
    return {row[0] for row in rows if row in discarded}


def replay(home: Path, is_dry: bool, jobs: int, console: Console, output: Console) -> list[date]:
    """Load the nights with decisions to apply again, released records included; return the nights."""
    unapplied = {step: nights for step, nights in list_unapplied_nights(home).items() if nights}
    for step, nights in unapplied.items():
        request = RebuildRequest(home, step, nights=nights, publish_advice=_REPLAY_ADVICE)
        rebuild(request, is_dry, jobs, console, output)
    return sorted(night for nights in unapplied.values() for night in nights)
