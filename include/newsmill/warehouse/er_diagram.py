"""The diagram of the star: tables and references, as Mermaid diagrams made from models and columns."""

from collections.abc import Iterator

from newsmill.extractors import extractors
from newsmill.warehouse import loader
from newsmill.warehouse.model import KEY_OF, Model, models
from newsmill.warehouse.table_columns import column_types

_CHAPTERS = {
    "Articles, copies and stories": (
        "fact_article",
        "fact_article_pair",
        "bridge_article_story",
        "dim_text",
        "fact_lsh_bucket",
    ),
    "What an article says": (
        *(extractor.fact_table for extractor in extractors()),
        "fact_entity_name",
        "fact_entity_count",
    ),
    "What cleaning did, and what people decided": (
        "fact_text_block",
        "fact_training_run",
        "dim_entity_decision",
        "dim_entity_link",
    ),
}
_LEGEND = """\
# The star

Made from the models by `make dictionary`; do not edit by hand. [dictionary.md](dictionary.md) explains every column.

A box shows the keys of a table and its grain. A line connects a key with the table it refers to; a key of -1 refers to
no row. Dimensions with `valid_from` have a row for each version, and a fact refers to the version of its night. The
facts of a text are stored once, for its canonical instance: other instances refer to it by `text_key` and
`dim_text.article_key`.
"""


def markdown() -> str:
    """Return the diagrams as Markdown, from a warehouse with no rows."""
    star = [model for model in models() if model.schema == "dw"]
    with loader.open_empty_warehouse() as con:
        columns = {model.name: column_types(con, model.table) for model in star}
    of_name = {model.name: model for model in star}
    chapters = [
        _write_chapter(title, [of_name[name] for name in names], of_name, columns) for title, names in _CHAPTERS.items()
    ]
    return "\n".join([_LEGEND, *chapters])


def _write_chapter(
    title: str, shown: list[Model], of_name: dict[str, Model], columns: dict[str, dict[str, str]]
) -> str:
    links = [link for model in shown for link in _list_links(model, columns)]
    ends = sorted({home for _, home, _ in links} - {model.name for model in shown})
    boxes = [_draw_box(of_name[name], columns[name]) for name in (*(model.name for model in shown), *ends)]
    lines = [f'    {home} ||--o{{ {name} : "{key}"' for name, home, key in links]
    return "\n".join([f"## {title}\n", "```mermaid", "erDiagram", *boxes, *lines, "```", ""])


def _list_links(model: Model, columns: dict[str, dict[str, str]]) -> Iterator[tuple[str, str, str]]:
    for key in columns[model.name]:
        if key in KEY_OF and KEY_OF[key] != model.name:
            yield model.name, KEY_OF[key], key


def _draw_box(model: Model, columns: dict[str, str]) -> str:
    """Draw a table with keys and grain, the own key first; the dictionary lists the other columns."""
    shown = [(name, kind) for name, kind in columns.items() if name in model.row_grain or name.endswith("_key")]
    shown.sort(key=lambda column: column[0] != model.own_key)
    rows = [f"        {kind} {name}{_write_key_marks(model, name)}" for name, kind in shown]
    return "\n".join([f"    {model.name} {{", *rows, "    }"])


def _write_key_marks(model: Model, name: str) -> str:
    is_foreign = KEY_OF.get(name, model.name) != model.name
    is_own = name == model.own_key or (model.grain == (name,) and model.load == "replace_night")
    marks = ["PK"] * is_own + ["FK"] * is_foreign
    return f" {', '.join(marks)}" if marks else ""
