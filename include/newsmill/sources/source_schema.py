"""The schema of sources.toml: each key with its type, and the description that an error message quotes."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model
from pydantic_core import ErrorDetails

from newsmill.errors import Permanent
from newsmill.formats import AUTO, format_names
from newsmill.presets import FIELDS, fold_name, preset_names
from newsmill.runs import MAX_REJECT_SHARE
from newsmill.site_hosts import strip_edition
from newsmill.sources.remote_files import GB, MB, Limits

FORMATS = (AUTO, *format_names())
PRESETS = preset_names()
Content = Literal["page", "article"]
ListKind = Literal["files", "links", "manifest"]
Take = Literal["all", "new"]
_DOMAIN = r"^[^\W_]([\w-]*[^\W_])?(\.[^\W_]([\w-]*[^\W_])?)+$"
_UNITS = {"": 1, "b": 1, "kb": 1024, "mb": MB, "gb": GB, "tb": 1024 * GB}
_SIZE = re.compile(r"(\d+)\s*([kmgt]?b)?", re.IGNORECASE)


def _parse_bytes(value: object) -> object:
    """Return the number of bytes of a text such as 20 GB; other values go to the check of the type."""
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    return int(match[1]) * _UNITS[(match[2] or "").lower()] if match else value


def _check_format(value: str) -> str:
    if value not in FORMATS:
        raise ValueError("an unknown format")
    return value


def _check_preset(value: str) -> str:
    if value not in PRESETS:
        raise ValueError("an unknown preset")
    return value


def _check_fields(value: dict[str, str | list[str]]) -> dict[str, list[str]]:
    if unknown := [field for field in value if field not in FIELDS]:
        raise ValueError(f"an unknown field {unknown[0]!r}")
    fields = {field: [names] if isinstance(names, str) else names for field, names in value.items()}
    names = [fold_name(name) for field in fields.values() for name in field]
    if not all(fields.values()) or not all(names):
        raise ValueError("a field without a name")
    if len(set(names)) < len(names):
        raise ValueError("a name of two fields")
    return fields


def _check_day(value: str) -> str:
    return date.fromisoformat(value).isoformat()


def _describe_choice(values: Iterable[str]) -> str:
    return f"one of {', '.join(values)}"


Text = Annotated[str, Field(pattern=r"\S")]
Line = Annotated[str, Field(pattern=r"^[^\n]*\S[^\n]*$")]
Format = Annotated[str, AfterValidator(_check_format)]
Preset = Annotated[str, AfterValidator(_check_preset)]
FieldNames = Annotated[dict[str, str | list[str]], AfterValidator(_check_fields)]
Day = Annotated[str, AfterValidator(_check_day)]
Count = Annotated[int, Field(ge=0)]
Bytes = Annotated[int, Field(ge=0), BeforeValidator(_parse_bytes)]
Domain = Annotated[str, Field(pattern=_DOMAIN), AfterValidator(lambda domain: strip_edition(domain.lower()))]


class Table(BaseModel):
    """A table of sources.toml; unknown keys and values of another type are errors."""

    model_config = ConfigDict(extra="forbid", strict=True)


class PublisherTable(Table):
    """The publisher of a source's pages."""

    name: Text = Field(description="a text: the name people know it by")
    domain: Domain | None = Field(None, description="a host such as harborwire.example, with no scheme and no path")
    country_code: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = Field(
        None, description="two capital letters, as in ISO 3166-1, such as GB"
    )
    is_wire: bool = Field(False, description="true or false")
    owner: Text | None = Field(None, description="a text")


_LIMITS: dict[str, Any] = {
    limit.name: (Bytes, Field(limit.default, description='a number of bytes, or a text such as "20 GB"'))
    if limit.name.endswith("_bytes")
    else (Count, Field(limit.default, description="a whole number"))
    for limit in fields(Limits)
}
LimitsTable = create_model("LimitsTable", __base__=Table, **_LIMITS)


class DumpTable(Table):
    """A source: where its dumps are, and how to read them."""

    location: Text = Field(
        description="a text: a folder, a file, a pattern or an address, {night} standing for the date"
    )
    format: Format = Field(AUTO, description=_describe_choice(FORMATS))
    content: Content = Field("page", description=_describe_choice(get_args(Content)))
    preset: Preset | None = Field(None, description=_describe_choice(PRESETS))
    fields: FieldNames = Field(
        {}, description=f'a table of names by field, such as {{ text = "body_plain" }}; fields: {", ".join(FIELDS)}'
    )
    publisher: PublisherTable | None = Field(
        None, description='a table, such as { name = "Harbor Wire", domain = "harborwire.example" }'
    )
    separator: Line | None = Field(None, description="a text: the line that stands between two pages of a text file")
    max_reject_share: Annotated[float, Field(ge=0, le=1)] = Field(MAX_REJECT_SHARE, description="a number from 0 to 1")
    list: ListKind = Field("files", description=_describe_choice(get_args(ListKind)))
    base: Text | None = Field(None, description="a text: the folder or address that entries of the list start from")
    pattern: Text | None = Field(None, description="a text such as *.warc.gz, which picks entries of the list")
    take: Take | None = Field(None, description=_describe_choice(get_args(Take)))
    allow_private: bool = Field(False, description="true or false")
    fallback_night: Day | None = Field(None, description='a date in quotation marks, such as "2026-03-02"')
    limits: LimitsTable = Field(  # type: ignore[valid-type]  # a model made from the fields of Limits
        {}, description='a table, such as { file_bytes = "20 GB", files = 500000 }'
    )
    options: dict[str, Any] = Field(
        {}, description="a table for the library that reaches the place, such as { anon = true }"
    )


def _describe_keys(table: type[Table]) -> dict[str, str | None]:
    return {name: field.description for name, field in table.model_fields.items()}


DUMP_KEYS = _describe_keys(DumpTable)


def parse_dump(where: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the given keys of a source with checked values; a Permanent error names the key and the expected value."""
    try:
        return DumpTable.model_validate(entry).model_dump(exclude_unset=True)
    except ValidationError as error:
        # a misspelt key is also a missing one: name the misspelt key
        first = min(error.errors(), key=lambda details: details["type"] != "extra_forbidden")
        raise Permanent(_explain(where, first)) from error


def _explain(where: str, details: ErrorDetails) -> str:
    *tables, key = (str(step) for step in details["loc"])
    nested: dict[str, type[Table]] = {"publisher": PublisherTable, "limits": LimitsTable}
    if tables and tables[0] not in nested:
        key, tables = tables[0], []
    table = nested[tables[0]] if tables else DumpTable
    keys = _describe_keys(table)
    where = " ".join([where, *tables])
    if details["type"] == "extra_forbidden":
        near = get_close_matches(key, keys, n=1, cutoff=0.0)[0]
        return f"{where}: unknown key {key!r}; did you mean {near!r}? known keys: {', '.join(keys)}"
    if details["type"] == "missing":
        return f"{where}: the key {key!r} is missing; expected {keys[key]}"
    return f"{where}: {key} is {details['input']!r}; expected {keys[key]}"
