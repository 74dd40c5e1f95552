"""Divides the units of a step among the tasks of a scheduler, and reports what a task did.

A night has as many tasks as processors, whatever its size: a task takes a share of the units, balanced by bytes.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from newsmill import landing, pipeline
from newsmill.contracts import Relation
from newsmill.errors import Permanent
from newsmill.lake import WHOLE
from newsmill.relations import PAGES, RECEIPTS, noted, rejected
from newsmill.runs import Receipt, Run
from newsmill.steps import BUNDLE, NIGHT, PART, StepName, list_names_before
from newsmill.warehouse import snapshots

REASONS_SHOWN = 3
_KILO = 1000
_SUMMED = ("rows_in", "rows_out", "rejected", "seconds", "bytes")


class Share(NamedTuple):
    """One of `total` shares of the units of a step, counted from 1."""

    number: int
    total: int

    def __str__(self) -> str:
        """Return the label of the share, as in `2 of 4`."""
        return f"{self.number} of {self.total}"


def parse_share(label: str) -> Share:
    """Return the share with a label such as `2 of 4`."""
    number, total = label.split(" of ")
    return Share(int(number), int(total))


def take_units(run: Run, step: StepName, share: Share) -> list[str]:
    """Return the units of a share, in order of name; the shares of a step contain each unit once."""
    sizes = _measure_units(run, step.over, pipeline.UNITS[step.over](run))
    return balance(sizes, share.total)[share.number - 1]


def balance(sizes: Mapping[str, int], count: int) -> list[list[str]]:
    """Divide units into shares of about the same size: the largest first, each to the smallest share so far."""
    shares: list[list[str]] = [[] for _ in range(count)]
    totals = [0] * count
    for unit in sorted(sizes, key=lambda unit: (-sizes[unit], unit)):
        smallest = totals.index(min(totals))
        shares[smallest].append(unit)
        totals[smallest] += sizes[unit] + 1  # units without bytes are divided by number
    return [sorted(share) for share in shares]


def _measure_units(run: Run, over: str, units: Sequence[str]) -> dict[str, int]:
    """Return the bytes of each unit: of the landed files or of the pages; 0 for a dump before the fetch."""
    if over == BUNDLE:
        return landing.measure_batches(run)
    if over == PART:
        return {unit: run.lake.path(PAGES, run.night, unit).stat().st_size for unit in units}
    return dict.fromkeys(units, 0)


def list_unfinished(run: Run, step: StepName, units: Sequence[str]) -> list[str]:
    """Return the units that an earlier try left undone; all units if none is.

    A unit is done if its receipt is newer than every receipt of the steps whose output it reads. So a retry continues,
    a finished task that a person clears does everything again, and work on older input is repeated.
    """
    times = _read_receipt_times(run)
    inputs = tuple(f"{name}-" for name in _list_inputs(step.name))
    newest_input = max((time for name, time in times.items() if name.startswith(inputs)), default=0.0)
    undone = [unit for unit in units if times.get(f"{step.name}-{unit}", 0.0) <= newest_input]
    return undone or list(units)


def _list_inputs(name: str) -> list[str]:
    """List the steps whose output a step reads."""
    stages = {stage.name: stage for stage in pipeline.list_stages()}
    if name not in stages:
        return ["fetch"] if name == "read" else []
    read_names = stages[name].read_names
    writers = [writer for writer, stage in stages.items() if {to.name for to in stage.writes} & read_names]
    return [*writers, "read"] if PAGES.name in read_names else writers


def _read_receipt_times(run: Run) -> dict[str, float]:
    """Return when each receipt of a run was written, by `step-unit`."""
    prefix = f"part-{run.run_id}-"
    receipts = run.lake.folder(RECEIPTS, run.night).glob(f"{prefix}*.parquet")
    return {path.stem.removeprefix(prefix): path.stat().st_mtime for path in receipts}


def describe_receipts(run: Run, step: StepName, receipts: Sequence[Receipt]) -> list[str]:
    """Return the lines of a task's log: rows read, kept and rejected, with reasons, bytes, seconds and peak memory."""
    sums, peak = add_receipts(receipts), max(receipt.peak_rss_bytes for receipt in receipts)
    counted = f"{sums['units']} {step.over}s: " if step.over != NIGHT else ""
    rows = f"{sums['rows_in']:,} rows read, {sums['rows_out']:,} written, {sums['rejected']:,} rejected"
    lines = [f"{step.name}: {counted}{rows}"]
    if sums["rejected"]:
        units = [receipt.part for receipt in receipts]
        counts = count_reasons(run, step.name, units)
        verb = "loaded without its rows" if _notes_only(step.name) else "rejected"
        lines.append(f"{step.name}: {verb} as {_describe_reasons(counts)}")
    written = f"{_format_bytes(sums['bytes'])} written in {sums['seconds']:.1f} s"
    lines.append(f"{step.name}: {written}, {_format_bytes(peak)} of memory at most")
    return lines


def add_receipts(receipts: Sequence[Receipt]) -> dict[str, float]:
    """Return the sums of receipts, for the page of a task."""
    rows = {name: sum(getattr(receipt, name) for receipt in receipts) for name in _SUMMED}
    return {"units": len(receipts), **rows}


def _notes_only(name: str) -> bool:
    """Report whether a step turns no record away: an article without rows of an extractor is loaded."""
    return any(stage.name == name and not stage.refines for stage in pipeline.list_stages())


def count_reasons(run: Run, name: str, units: Iterable[str]) -> Counter[str]:
    """Count the rejected rows of units by reason; of an extractor, the documents without its rows."""
    relations = [(noted if _notes_only(name) else rejected)(name)]
    relations += [rejected("rows")] if name == "check" else []
    tables = [run.lake.read(relation, run.night, unit) for relation in relations for unit in units]
    counted = pa.concat_tables(tables).group_by("reason").aggregate([([], "count_all")])
    return Counter({row["reason"]: row["count_all"] for row in counted.to_pylist()})


def _describe_reasons(counts: Counter[str]) -> str:
    commonest = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:REASONS_SHOWN])
    shown = [f"{reason} ({count:,})" for reason, count in commonest.items()]
    others = counts.total() - sum(commonest.values())
    return ", ".join(shown) + (f" and {others:,} for other reasons" if others else "")


def _format_bytes(size: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if size < _KILO:
            return f"{size:.0f} {unit}"
        size /= _KILO
    return f"{size:.1f} GB"


def require_steps_before(run: Run, name: str) -> None:
    """Raise Permanent unless the steps before `name` are done for each unit of the night.

    A missing part would read as empty, and the night would be published without it.
    """
    parts, batches = run.lake.parts(PAGES, run.night), landing.list_batches(run)
    needed: list[tuple[str, Relation, Sequence[str]]] = [("read", rejected("read"), batches)]
    for stage in pipeline.list_stages():
        needed += [(stage.name, to, parts if stage.per == PART else [WHOLE]) for to in stage.writes]
    before = list_names_before(name)
    for writer, relation, units in needed:
        missing = set(units) - set(run.lake.parts(relation, run.night))
        if writer in before and (missing or not parts):
            raise Permanent(
                f"{name} needs {relation.name} of {min(missing, default='any part')}, and the night {run.night} has "
                f"none: start from {writer}, or from a step before"
            )


def describe_publish(run: Run, receipt: Receipt) -> dict[str, Any]:
    """Return the facts about a published night for the consumers of the warehouse."""
    snapshot = snapshots.current_snapshot(run.warehouse) or ""
    return {"night": run.night.isoformat(), "run_id": run.run_id, "snapshot": snapshot, "rows": receipt.rows_out}
