"""Whole nights through the command line: against the truth of the samples, in any order, repeated, killed anywhere."""

import json
import os
import signal
import subprocess
import threading
from collections import Counter
from datetime import date
from pathlib import Path

import duckdb
import pytest
from night_runs import ROOT, ask, command, environment, fingerprints, run_command

from newsmill import pipeline
from newsmill.lake import Lake
from newsmill.relations import PAGES

FIRST, SECOND = "2026-03-02", "2026-03-03"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(sample_home) -> Path:
    """Return a home with both sample nights, run in order."""
    return sample_home


@pytest.fixture(scope="module")
def pages(home) -> dict[str, str]:
    """Return the text of every page by page id."""
    lake = Lake(home / "lake")
    table = lake.dataset(PAGES, lake.nights(PAGES)).to_table(columns=["page_id", "page_text"])
    return dict(zip(table.column("page_id").to_pylist(), table.column("page_text").to_pylist(), strict=True))


@pytest.fixture(scope="module")
def truth() -> dict[str, dict]:
    """Return the expected reading of the samples by page id."""
    files = json.loads((ROOT / "samples" / "truth.json").read_text(encoding="utf8"))
    records = json.loads((ROOT / "samples" / "truth_records.json").read_text(encoding="utf8"))
    return {f"{name}#1": expected for name, expected in files.items()} | records


# -- the truth of the samples


def test_every_span_of_every_fact_leads_to_its_own_characters(home, pages):
    spans = [
        ("fact_mention", "surface", ""),
        ("fact_place_mention", "surface", ""),
        ("fact_quote", "quote_text", ""),
        ("fact_quote", "cue", "cue_"),
        ("fact_quote", "speaker_surface", "speaker_"),
    ]
    for table, surface, prefix in spans:
        rows = ask(
            home,
            f"SELECT page_id, {surface}, text, {prefix}page_char_start, {prefix}page_char_end, {prefix}char_start, "
            f"{prefix}char_end, {prefix}line_start, {prefix}line_end FROM dw.{table} JOIN dw.dim_article "
            f"USING (article_key) WHERE {surface} IS NOT NULL",
        )
        assert len(rows) > 100, table
        for page_id, surface_text, text, start, end, text_start, text_end, first, last in rows:
            page = pages[page_id]
            assert page[start:end] == surface_text == text[text_start:text_end]
            assert (first, last) == (page.count("\n", 0, start) + 1, page.count("\n", 0, end - 1) + 1)


def test_places_of_the_samples_have_their_points_and_what_nobody_knows_has_none(home):
    known = dict(
        ask(
            home,
            "SELECT DISTINCT surface, [country_code, CAST(round(latitude) AS VARCHAR)] "
            "FROM dw.fact_place_mention JOIN dw.dim_place USING (place_key) "
            "WHERE surface IN ('Nairobi', 'Warsaw', 'Norway', 'MANILA')",
        )
    )
    assert known["Nairobi"] == ["KE", "-1.0"] and known["Warsaw"] == ["PL", "52.0"]
    assert known["MANILA"] == ["PH", "15.0"] and known["Norway"][0] == "NO"
    assert ask(home, "SELECT DISTINCT place_key FROM dw.fact_place_mention WHERE surface = 'Tallow Bay'") == [(-1,)]


def test_the_blocks_of_every_page_cover_it_exactly(home, pages):
    rows = ask(
        home,
        "SELECT page_id, list((page_char_start, page_char_end) ORDER BY block_index) "
        "FROM dw.fact_text_block GROUP BY ALL",
    )
    assert {page_id for page_id, _ in rows} == pages.keys()
    for page_id, blocks in rows:
        edges = [0, *(end for _, end in blocks)]
        assert [start for start, _ in blocks] == edges[:-1] and edges[-1] == len(pages[page_id])


def test_every_page_gets_the_verdict_and_the_title_of_its_truth(home, truth):
    loaded = dict(ask(home, "SELECT dump_file || '#' || record_no, title FROM dw.dim_article"))
    seen_before = dict(ask(home, "SELECT page_id, night FROM dw.fact_text_block WHERE article_key <> -1"))
    rejected = dict(
        ask(
            home,
            "SELECT dump_file || '#' || greatest(record_no, 1), reason FROM ops.rejected "
            "WHERE stage IN ('read', 'clean')",
        )
    )
    for page_id, expected in truth.items():
        if expected["verdict"] == "article":
            assert page_id in seen_before, page_id
            if page_id in loaded:
                assert loaded[page_id] == expected["title"], page_id
            assert page_id not in rejected, (page_id, rejected[page_id])
        else:
            assert rejected.get(page_id) == reason_of(page_id, expected["verdict"]), page_id


def reason_of(page_id: str, verdict: str) -> str:
    """Return the recorded reason for a verdict of the truth: a file may be empty, a record without text."""
    empty = "empty_file" if page_id.endswith(".txt#1") else "no_text"
    return {"empty": empty, "broken_line": "not_json"}.get(verdict, verdict)


def test_the_body_lines_of_every_page_are_kept_and_the_others_dropped_for_their_reason(home, truth, pages):
    labels = {}
    for page_id, first, last, disposition, reason in ask(
        home, "SELECT page_id, line_start, line_end, disposition, reason FROM dw.fact_text_block"
    ):
        for line in range(first, last + 1):
            labels[page_id, line] = "body" if disposition == "kept" and reason is None else reason
    total, wrong, misnamed = 0, [], []
    for page_id, expected in truth.items():
        if expected["verdict"] != "article" or ("article" not in page_id and "feed" in page_id):
            continue
        wanted = {line: "body" for first, last in expected["body"] for line in range(first, last + 1)}
        wanted |= {line: reason for first, last, reason in expected["dropped"] for line in range(first, last + 1)}
        lines = pages[page_id].split("\n")
        nonblank = {line: label for line, label in wanted.items() if lines[line - 1].strip()}
        differing = [
            (page_id, line, label, actual)
            for line, label in nonblank.items()
            if (actual := labels.get((page_id, line))) != label
        ]
        total += len(nonblank)
        wrong += [row for row in differing if "body" in row]
        learned = repeated_before(page_id, pages)
        misnamed += [
            row
            for row in differing
            if "body" not in row and not (row[3] == "cross_page_boilerplate" and lines[row[1] - 1] in learned)
        ]
    assert not wrong, f"{len(wrong)} lines: {wrong[:10]}"
    assert total > 1000 and len(misnamed) <= 0.02 * total, f"{len(misnamed)} of {total} lines: {misnamed[:10]}"


def repeated_before(page_id: str, pages: dict[str, str]) -> set[str]:
    """Return the lines on several pages of the same source on earlier nights, which may be learned."""
    night, source, _ = page_id.split("/", 2)
    counts = Counter(
        line
        for other, text in pages.items()
        if other.split("/")[1] == source and other.split("/")[0] < night
        for line in set(text.split("\n"))
    )
    return {line for line, count in counts.items() if count > 1}


def test_copies_are_counted_as_one_origin(home):
    (row,) = ask(
        home,
        "SELECT origin_count, article_count, copy_count, sources, canonical_reason FROM mart.story_coverage "
        "WHERE title LIKE 'Ferry crews walk out along Norway%' AND article_count > 1",
    )
    # the Ledger's page is a copy under another header
    assert row == (1, 4, 3, "Fjord Post; Harbor Wire; Saltmarsh Mercury; Tallow Bay Ledger", "wire_source")


def test_an_article_that_changed_overnight_has_two_versions_and_one_that_did_not_has_one(home):
    versions = dict(ask(home, "SELECT article_id, count(*) FROM dw.dim_article GROUP BY ALL"))
    changed = [
        count for url, count in versions.items() if "power-returns-to-most-of-nairobi" in url and "harborwire" in url
    ]
    same = [count for url, count in versions.items() if "sphagnum-returns" in url]
    assert changed == [2] and same == [1]
    (pair,) = ask(
        home,
        "SELECT count(*) FROM dw.fact_article_pair WHERE relation = 'version' AND similarity > .5 AND similarity < 1 "
        "AND from_article_key IN (SELECT article_key FROM dw.dim_article WHERE url LIKE '%power-returns%harb%' "
        "OR url LIKE '%harborwire.example%power-returns%')",
    )
    assert pair == (1,)


def test_quotes_lead_to_their_speaker_and_line(home, truth):
    quotes = {}
    for page_id, line, quote, speaker in ask(
        home,
        "SELECT dump_file || '#' || record_no, line_start, quote_text, coalesce(speaker, speaker_surface) "
        "FROM mart.who_said_what",
    ):
        quotes.setdefault(page_id, []).append((line, quote, speaker or ""))
    total = quoted = named = 0
    for page_id, expected in truth.items():
        for quote in expected.get("quotes", []) if page_id in quotes else []:
            total += 1
            hits = [
                s for line, text, s in quotes[page_id] if line == quote["line"] and quote["segments"][0][:40] in text
            ]
            quoted += bool(hits)
            named += any(quote["speaker"].split()[-1] in speaker for speaker in hits)
    assert total > 250  # quotes of a copy are loaded once, with its canonical document
    assert quoted / total >= 0.95, (quoted, total)
    assert named / total >= 0.80, (named, total)


# -- any order, any repetition


def stale_nights(home: Path) -> list[str]:
    return [night for (night,) in ask(home, "SELECT CAST(night AS VARCHAR) FROM mart.run_health WHERE is_stale")]


@pytest.mark.long  # the DAG, the loads of random histories and the fingerprints of other tests hold orders in every run
def test_nights_in_reverse_order_and_repeated_end_in_identical_tables_when_what_is_stale_is_run_again(home, tmp_path):
    for night in (SECOND, FIRST, FIRST):
        run_command(tmp_path, "night", night)
    assert stale_nights(tmp_path) == [SECOND], "it was cleaned without the boilerplate learned from the first"
    run_command(tmp_path, "night", SECOND)
    assert stale_nights(tmp_path) == [] and fingerprints(tmp_path) == fingerprints(home)


@pytest.mark.long  # test_kernels compares the columns of compiled and of loaded kernels in every run
def test_a_night_that_compiles_every_kernel_ends_in_the_same_tables_as_one_that_loads_them(
    home, first_night_home, tmp_path, monkeypatch
):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "compiled"))
    run_command(first_night_home, "night", SECOND)
    assert list((tmp_path / "compiled").rglob("*.nbc"))
    assert fingerprints(first_night_home) == fingerprints(home)


# -- killed anywhere


def kill_at(home: Path, night: str, step: str) -> None:
    """Start a night and kill the whole process group as soon as the step begins."""
    with subprocess.Popen(
        command(home, "night", night),
        env=environment(),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        start_new_session=True,
    ) as process:
        for line in process.stderr:
            if line.startswith(f"{step}:"):
                break
        else:
            pytest.fail(f"the night never came to {step}")
        os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.long  # tests/faults kills one process at any operation; here workers run in others
def test_a_night_killed_in_any_step_leaves_the_old_warehouse_readable_and_can_be_run_again(home, first_night_home):
    before, failures, over = fingerprints(first_night_home), [], threading.Event()

    def read() -> None:
        while not over.wait(0.05):
            try:
                if ask(first_night_home, "SELECT max(valid_from) FROM dw.dim_article") != [(date(2026, 3, 2),)]:
                    failures.append("half a night")
            except duckdb.Error as error:
                failures.append(str(error))

    reader = threading.Thread(target=read)
    reader.start()
    for step in (step.name for row in pipeline.steps() for step in row):
        kill_at(first_night_home, SECOND, step)
        assert fingerprints(first_night_home) == before, step
    over.set()
    reader.join()
    assert not failures, failures[:3]
    run_command(first_night_home, "night", SECOND)
    assert fingerprints(first_night_home) == fingerprints(home)


# -- bad input


def test_each_bad_file_is_one_row_with_a_message_and_the_night_goes_on(tmp_path):
    dump = tmp_path / "dump"
    dump.mkdir()
    story = (
        "The harbour council voted on Monday to repair the old pier before winter, its chair said in a statement. " * 3
    )
    good = json.dumps({"id": "good", "title": "Council votes to repair pier", "text": story})
    (dump / "records.jsonl").write_text(f'{good}\n{{"id": "broken", "text": \n', encoding="utf8")
    (dump / "empty.txt").write_bytes(b"")
    (dump / "binary.txt").write_bytes(bytes(range(256)) * 40)
    with (dump / "huge.jsonl").open("w") as file:
        file.write(good + "\n" + '{"id": "huge", "text": "')
        for _ in range(200):
            file.write("x" * 1_000_000)
        file.write('"}\n')
    home = tmp_path / "home"
    sources = tmp_path / "sources.toml"
    sources.write_text(f'[odd-dump]\nlocation = "{dump}"\nmax_reject_share = 0.9\n', encoding="utf8")
    done = subprocess.run(
        command(home, "night", FIRST), env=environment(NEWSMILL_SOURCES=str(sources)), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    rows = ask(
        home,
        "SELECT split_part(dump_file, '/', -1), reason, detail FROM ops.rejected WHERE stage = 'read' ORDER BY 1, 2",
    )
    assert [(name, reason) for name, reason, _ in rows] == [
        ("binary.txt", "binary"),
        ("empty.txt", "empty_file"),
        ("huge.jsonl", "record_too_large"),
        ("records.jsonl", "not_json"),
    ]
    assert all(len(detail) > 30 for *_, detail in rows)
    assert ask(home, "SELECT count(*) FROM dw.dim_article") == [(1,)]
    (peak,) = ask(home, "SELECT max(peak_rss_bytes) FROM ops.stage_receipt WHERE stage = 'read'")
    assert peak[0] < 600_000_000


def test_a_closed_gate_publishes_nothing_and_says_why(tmp_path):
    dump = tmp_path / "dump.jsonl"
    dump.write_text("not json at all\n" * 20, encoding="utf8")
    done = subprocess.run(
        command(tmp_path / "home", "night", FIRST, "--source", str(dump)),
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "newsmill:" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "home" / "warehouse" / "news.duckdb").exists()


def test_a_night_for_which_nothing_landed_says_where_it_looked(tmp_path):
    (tmp_path / "sources.toml").write_text('[press]\nlocation = "dumps/{night}/*.txt"\n', encoding="utf8")
    variables = environment() | {"NEWSMILL_SOURCES": str(tmp_path / "sources.toml")}
    done = subprocess.run(
        command(tmp_path / "home", "night", "2019-01-01"), env=variables, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "2019-01-01" in done.stderr and "dumps/2019-01-01" in done.stderr


# -- the seed page, where the corpora are present


def test_the_seed_page_reads_as_a_person_reads_it(corpora, tmp_path):
    run_command(tmp_path, "night", "2026-02-04", "--source", str(corpora / "seed"))
    labels = ask(
        tmp_path, "SELECT line_start, line_end, coalesce(reason, 'body') FROM dw.fact_text_block ORDER BY block_index"
    )
    by_line = {line: reason for first, last, reason in labels for line in range(first, last + 1)}
    wanted = dict.fromkeys(range(1, 4), "error_banner") | {4: "title"} | dict.fromkeys(range(5, 18), "body")
    wanted |= dict.fromkeys(range(18, 30), "repeat") | dict.fromkeys(range(30, 38), "legal_disclaimer")
    assert by_line == wanted | {38: "comments", 39: "comments"}
    quotes = ask(
        tmp_path,
        "SELECT line_start, coalesce(speaker, speaker_surface), attribution_class, seniority FROM mart.who_said_what "
        "WHERE quote_type <> 'indirect' ORDER BY 1, 2",
    )
    assert quotes == [
        (7, "Donald Trump", "named", "none"),
        (7, "Donald Trump", "named", "none"),
        (9, "the anonymous US official", "anonymous_official", "none"),
        (9, "the anonymous US official", "anonymous_official", "none"),
        (10, "A separate senior US official", "anonymous_official", "senior"),
        (14, "Karoline Leavitt", "named", "none"),
    ]
    assert ask(tmp_path, "SELECT agency, title FROM dw.dim_article")[0][0] == "MENAFN"
