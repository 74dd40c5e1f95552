"""Rules of imports and of places: who may import whom, and which code belongs in which room."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from newsmill import compiled, pipeline
from newsmill.extractors import extractors

ROOT = Path(__file__).resolve().parents[1]
PRODUCT = ROOT / "include" / "newsmill"
MODULES = sorted(p for p in (*PRODUCT.rglob("*.py"), *(ROOT / "dags").glob("*.py"), *(ROOT / "plugins").rglob("*.py")))
EXTRACTORS = tuple(extractor.name for extractor in extractors())
CAPABILITIES = ("cleaning", "dedup", "search", *EXTRACTORS)
SIBLINGS = ("sources", "readers", *CAPABILITIES)
STAGES = sorted(
    PRODUCT / room / f"{name}.py"
    for room, names in {
        "cleaning": "survey learn clean",
        "dedup": "minhash dedupe",
        **dict(zip(EXTRACTORS, EXTRACTORS, strict=True)),
    }.items()
    for name in names.split()
)
LIGHT = {"newsmill.contracts", "newsmill.expectations", "newsmill.extractors"}
FLOORS = (
    (
        "errors",
        "compiled",
        "limits",
        "locks",
        "escaping",
        "shell_commands",
        "site_hosts",
        "temporary_files",
        "terminal",
        "time_zones",
        "url_secrets",
        "verdict_reasons",
    ),
    ("contracts", "expectations", "formats", "presets", "file_checksums"),
    ("extractors",),
    ("fork_server", "glossary", "steps"),
    ("lake", "relations", "spans"),
    ("runs",),
    ("landing", "stage"),
    ("languages", "nlp", "settings", "decisions"),
    ("sources", "readers", "quality", *CAPABILITIES),
    ("registry", "warehouse"),
    ("pipeline", "progress", "citations"),
    ("doctor", "dry_run", "shares", "verification", "workers"),
    ("preload",),
    ("night",),
    ("rebuild",),
    ("digest", "history", "holds", "proposals", "quarantine"),
    ("cli",),
    ("__main__",),
)
FLOOR = {name: level for level, names in enumerate(FLOORS) for name in names}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def room_of(path: Path) -> str:
    return path.relative_to(PRODUCT).parts[0].removesuffix(".py")


def importers(of: str) -> list[str]:
    return [name_of(p) for p in MODULES if any(i == of or i.startswith(f"{of}.") for i in imports(p))]


product = pytest.mark.parametrize("path", sorted(PRODUCT.rglob("*.py")), ids=name_of)


@product
def test_the_product_never_imports_airflow_or_code_above_it(path):
    assert not [i for i in imports(path) if i.split(".")[0] in ("airflow", "newsmill_bridge", "dags", "plugins")]


@product
def test_a_room_imports_only_from_its_own_floor_or_below(path):
    room = room_of(path)
    if room == "__init__":
        return
    assert room in FLOOR, f"{room} has no floor yet: decide who may import it and add it to FLOORS"
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "newsmill" and len(parts) > 1 and parts[1] in FLOOR:
            assert FLOOR[parts[1]] <= FLOOR[room], f"{room} imports {name}, which is on a floor above"


@product
def test_sources_readers_and_capabilities_do_not_import_each_other(path):
    room = room_of(path)
    if room in SIBLINGS:
        others = {f"newsmill.{other}" for other in SIBLINGS if other != room}
        assert not [i for i in imports(path) if any(i == other or i.startswith(f"{other}.") for other in others)]


@pytest.mark.parametrize("room", EXTRACTORS)
def test_a_declaration_imports_contracts_and_expectations_only(room):
    """Every process imports all declarations: a library or a stage behind one would be paid for by each."""
    names = {name for name in imports(PRODUCT / room / "__init__.py") if name.count(".") < 2}
    assert {*names} <= LIGHT, "a declaration is a value: keep code in other modules of the room"


def test_declarations_and_formats_are_read_without_a_stage_or_a_reader():
    code = (
        "import sys, newsmill.relations, newsmill.sources.catalog\n"
        "sys.exit(', '.join(sorted({'numba', 'newsmill.stage', 'newsmill.readers'} & {*sys.modules})) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(PRODUCT.parent)}, stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("path", STAGES, ids=name_of)
def test_a_stage_uses_no_file_no_network_no_clock_and_no_other_stage(path):
    forbidden = {
        "os",
        "pathlib",
        "requests",
        "socket",
        "urllib.request",
        "datetime.datetime.now",
        "random",
        "time",
        "newsmill.lake",
        "newsmill.warehouse",
    }
    others = {f"newsmill.{room_of(other)}.{other.stem}" for other in STAGES if other != path}
    assert not [i for i in imports(path) if i in forbidden | others or i.split(".")[0] in forbidden]


def test_no_module_name_is_used_twice_and_none_is_of_the_standard_library():
    rooms = [path.parent.name for path in PRODUCT.glob("*/__init__.py")]
    modules = [
        path.stem for path in PRODUCT.rglob("*.py") if path.stem not in ("__init__", "__main__", path.parent.name)
    ]
    twice = sorted({name for name in [*rooms, *modules] if [*rooms, *modules].count(name) > 1})
    assert not twice and not {*rooms, *modules} & sys.stdlib_module_names


def test_no_room_imports_a_room_that_imports_it():
    graph: dict[str, set[str]] = {}
    for path in PRODUCT.rglob("*.py"):
        names = {name.split(".")[1] for name in imports(path) if name.startswith("newsmill.")}
        graph.setdefault(room_of(path), set()).update((names & FLOOR.keys()) - {room_of(path)})
    assert tuple(TopologicalSorter(graph).static_order())


def test_great_expectations_is_used_in_one_file_and_imported_late():
    assert importers("great_expectations") == ["include/newsmill/quality/gate.py"]
    tree = ast.parse((PRODUCT / "quality" / "gate.py").read_text(encoding="utf8"))
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            assert "great_expectations" not in ast.unparse(node)


def test_files_of_duckdb_are_opened_in_the_warehouse_only():
    for path in PRODUCT.rglob("*.py"):
        if room_of(path) == "warehouse":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "duckdb.connect":
                assert not node.args and not node.keywords, f"{path.name} opens a DuckDB file"


def test_nothing_in_the_product_asks_the_clock_what_day_it_is():
    for path in PRODUCT.rglob("*.py"):
        source = path.read_text(encoding="utf8")
        assert "date.today(" not in source and "utcnow(" not in source, path.name


def test_there_is_no_drawer_for_odds_and_ends():
    odd = {"utils", "util", "helpers", "helper", "common", "misc"}
    assert not [name_of(p) for p in MODULES if odd & set(p.relative_to(ROOT).with_suffix("").parts)]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_says_in_a_sentence_what_it_owns(path):
    if path.stat().st_size:
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf8"))), "write one sentence at its top"


def test_a_dag_file_is_a_table_of_contents():
    for path in (ROOT / "dags").glob("*.py"):
        assert len(path.read_text(encoding="utf8").splitlines()) <= 80, path.name


def test_a_dag_file_imports_nothing_of_airflow_but_its_sdk():
    for path in (ROOT / "dags").glob("*.py"):
        of_airflow = {name for name in imports(path) if name.split(".")[0] == "airflow"}
        assert of_airflow and all(name.startswith("airflow.sdk") for name in of_airflow), path.name


def test_numba_is_imported_in_one_place_and_every_room_that_compiles_is_hashed():
    assert importers("numba") == ["include/newsmill/compiled.py"]
    compiling = [*importers("newsmill.compiled.compiled"), *importers("newsmill.compiled.inlined")]
    asking = {room_of(PRODUCT.parents[1] / name) for name in compiling}
    assert asking == {module.split(".")[1] for module in compiled.list_compiling_modules()}
    assert asking <= set(pipeline.list_rule_rooms())
