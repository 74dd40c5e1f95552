"""The picture of the star: which table leads to which, as Mermaid diagrams, drawn from the models and their columns."""

from collections.abc import Iterator

from newsmill.extractors import extractors
from newsmill.warehouse import loader
from newsmill.warehouse.model import KEY_OF, Model, models

_CHAPTERS = {
    "Articles, copies and stories": (
        "fact_article",
        "fact_article_pair",
        "bridge_article_story",
        "dim_text",
        "fact_crowd",
    ),
    "What an article says": (
        *(extractor.fact_table for extractor in extractors()),
        "fact_entity_name",
    ),
    "What cleaning did, and what people decided": ("fact_text_block", "fact_learning", "dim_entity_decision"),
}
_LEGEND = """\
# The star

Drawn from the models by `make dictionary`; do not edit by hand. [dictionary.md](dictionary.md) tells what every column
means.

A box shows the keys of a table and its grain. A line leads from a row to the row that its key names; a key of -1 leads
nowhere. Dimensions with `valid_from` have a row for each version, and a fact leads to the version of its night. What a
text says stands once, at its first print: other prints lead there by `text_key` and `dim_text.article_key`.
"""


def markdown() -> str:
    """Return the diagrams as Markdown, from a warehouse with no rows."""
    star = [model for model in models() if model.schema == "dw"]
    with loader.unfilled() as con:
        columns = {model.name: con.execute(f"DESCRIBE {model.table}").fetchall() for model in star}
    of_name = {model.name: model for model in star}
    chapters = [
        _chapter(title, [of_name[name] for name in names], of_name, columns) for title, names in _CHAPTERS.items()
    ]
    return "\n".join([_LEGEND, *chapters])


def _chapter(title: str, shown: list[Model], of_name: dict[str, Model], columns: dict[str, list]) -> str:
    links = [link for model in shown for link in _links(model, columns)]
    ends = sorted({home for _, home, _ in links} - {model.name for model in shown})
    boxes = [_box(of_name[name], columns[name]) for name in (*(model.name for model in shown), *ends)]
    lines = [f'    {home} ||--o{{ {name} : "{key}"' for name, home, key in links]
    return "\n".join([f"## {title}\n", "```mermaid", "erDiagram", *boxes, *lines, "```", ""])


def _links(model: Model, columns: dict[str, list]) -> Iterator[tuple[str, str, str]]:
    for key, *_ in columns[model.name]:
        if key in KEY_OF and KEY_OF[key] != model.name:
            yield model.name, KEY_OF[key], key


def _box(model: Model, columns: list[tuple]) -> str:
    """Draw a table with its keys and grain, its own key first; the dictionary tells the other columns."""
    shown = [(name, kind) for name, kind, *_ in columns if name in model.row_grain or name.endswith("_key")]
    shown.sort(key=lambda column: column[0] != model.own_key)
    rows = [f"        {kind} {name}{_mark(model, name)}" for name, kind in shown]
    return "\n".join([f"    {model.name} {{", *rows, "    }"])


def _mark(model: Model, name: str) -> str:
    leads = KEY_OF.get(name, model.name) != model.name
    is_own = name == model.own_key or (model.grain == (name,) and model.load == "replace_night")
    marks = ["PK"] * is_own + ["FK"] * leads
    return f" {', '.join(marks)}" if marks else ""
