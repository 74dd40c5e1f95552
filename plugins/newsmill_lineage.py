"""Names what a task reads and writes, for the OpenLineage provider of Airflow; nothing is asked until that is on.

The provider calls a method of the operator when a task has ended. The datasets are relations of the lake, tables of the
warehouse, landed dumps and the locations of sources; none is named by night, so a dataset is the same every night.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage
    from airflow.sdk.types import Operator
    from openlineage.client.event_v2 import Dataset, OutputDataset

    from newsmill.contracts import Relation
    from newsmill.landing import Dump
    from newsmill.runs import Receipt, Run
    from newsmill.stage import Stage
    from newsmill.steps import StepName
    from newsmill.warehouse.model import Model

Named = tuple[str, str]
"""Namespace and name of a dataset, by the naming rules of OpenLineage."""
Described = list[tuple[Named, dict[str, Any]]]
"""Datasets with their facets."""

WITHOUT_ROW_COUNT = ("fetch", "copy", "check", "load", "audit", "publish")
"""Steps whose receipts do not count the rows of their first output."""


def describe_task(
    operator: Operator, run: Run, step: StepName, units: Sequence[str | None], receipts: Sequence[Receipt]
) -> None:
    """Give the operator of a task the method that the provider calls; `receipts` grow while the task works."""
    method = partial(_describe, run, step, units, receipts)
    setattr(operator, "get_openlineage_facets_on_complete", method)  # noqa: B010  # no attribute of its class


def _describe(
    run: Run, step: StepName, units: Sequence[str | None], receipts: Sequence[Receipt], _ti: Any
) -> OperatorLineage:
    from airflow.providers.openlineage.extractors import OperatorLineage

    inputs, outputs = list_datasets(run, step, [unit for unit in units if unit])
    if receipts and step.name not in WITHOUT_ROW_COUNT:
        _add_row_count(outputs[0], sum(receipt.rows_out for receipt in receipts))
    return OperatorLineage(inputs=inputs, outputs=outputs)


def list_datasets(run: Run, step: StepName, units: Sequence[str]) -> tuple[list[Dataset], list[OutputDataset]]:
    """Return the datasets that a step reads and writes, for some of its units; the first output is the main one."""
    from openlineage.client.event_v2 import Dataset, OutputDataset

    inputs, outputs = _list_of_step(run, step.name, units)
    return (
        [Dataset(*name, facets=facets) for name, facets in inputs],
        [OutputDataset(*name, facets=facets) for name, facets in outputs],
    )


def _list_of_step(run: Run, name: str, units: Sequence[str]) -> tuple[Described, Described]:
    from newsmill import landing, pipeline
    from newsmill.relations import PAGES, QUALITY_RESULTS, rejected

    stored = partial(_describe_relations, run)
    if name == "fetch":
        dumps = pipeline.select_dumps(run)
        sources, landed = [_name_source(dumps[unit]) for unit in units], [_name_landed(run, unit) for unit in units]
        return _without_facets(sources), [*_without_facets(landed), *stored(_list_of_fetch())]
    if name == "read":
        landed = [_name_landed(run, dump.name) for dump in landing.list_landed_dumps(run)]
        return _without_facets(landed), stored([PAGES, rejected("read")])
    if name == "check":
        return stored(_list_loaded()), stored([QUALITY_RESULTS])
    if name == "load":
        return stored(_list_loaded()), _describe_tables(run, _select_tables(is_mart=False))
    if name == "publish":
        marts = _select_tables(is_mart=True)
        used = {table for mart in marts for table in mart.refs}
        read = [model for model in _select_tables(is_mart=False) if model.table in used]
        return _describe_tables(run, read), _describe_tables(run, marts)
    stages = [stage for stage in pipeline.list_stages() if stage.name == name]
    return stored(_list_read(stages)), stored(to for stage in stages for to in (*stage.writes, stage.set_aside))


def _without_facets(names: Sequence[Named]) -> Described:
    return [(name, {}) for name in names]


def _list_read(stages: Sequence[Stage]) -> list[Relation]:
    from newsmill.contracts import Night, get_relation

    sources = [source for stage in stages for source in stage.reads]
    return [get_relation(source) for source in sources if not isinstance(source, Night)]


def _select_tables(is_mart: bool) -> list[Model]:
    from newsmill.warehouse.model import tables

    return [model for model in tables() if (model.schema == "mart") == is_mart]


# -- names -------------------------------------------------------------------------------------------------------------


def _list_loaded() -> list[Relation]:
    """List the relations of the lake that a load reads."""
    from newsmill import pipeline
    from newsmill.relations import find_relation, rejected
    from newsmill.warehouse.model import models

    names = {name for model in models() for name in model.reads} - {"rejected", "noted"}
    aside = (stage.set_aside for stage in pipeline.list_stages())
    return [*map(find_relation, sorted(names)), *_list_of_fetch(), rejected("read"), *aside]


def _list_of_fetch() -> list[Relation]:
    from newsmill.relations import noted, rejected

    return [rejected("fetch"), noted("fetch")]


def _describe_relations(run: Run, relations: Iterable[Relation]) -> Described:
    by_name = {relation.name: relation for relation in relations}
    facets = {name: {"schema": _list_fields(stored), **_document(stored.meaning)} for name, stored in by_name.items()}
    return [(("file", str(run.lake.root / name)), facets[name]) for name in by_name]


def _describe_tables(run: Run, described: Iterable[Model]) -> Described:
    from newsmill import settings

    shared = settings.read().catalog
    place = f"ducklake:{shared}" if shared else f"duckdb://{run.warehouse / 'news.duckdb'}"
    return [((place, f"news.{model.table}"), _document(model.meaning)) for model in described]


def _name_landed(run: Run, dump: str) -> Named:
    return "file", str(run.landing / "{night}" / dump)


def _name_source(dump: Dump) -> Named:
    """Return the location of a source with its placeholders and without secrets."""
    from newsmill import settings
    from newsmill.sources import locations

    address = locations.redact_address(dump.location, dump)
    if address.startswith("{"):  # the whole address is a secret
        return "newsmill", dump.name
    if locations.scheme_of(address) == "file":
        return "file", str(settings.read().root / address.removeprefix("file://"))
    place, _, path = address.removeprefix(f"{locations.scheme_of(address)}://").partition("/")
    return f"{locations.scheme_of(address)}://{place}", path or "/"


# -- facets ------------------------------------------------------------------------------------------------------------


def _list_fields(relation: Relation) -> Any:
    from openlineage.client.facet_v2 import schema_dataset

    return schema_dataset.SchemaDatasetFacet(
        fields=[
            schema_dataset.SchemaDatasetFacetFields(column.name, str(column.type), column.meaning)
            for column in relation.columns
        ]
    )


def _document(meaning: str) -> dict[str, Any]:
    from openlineage.client.facet_v2 import documentation_dataset

    return {"documentation": documentation_dataset.DocumentationDatasetFacet(meaning)}


def _add_row_count(dataset: OutputDataset, count: int) -> None:
    from openlineage.client.facet_v2 import output_statistics_output_dataset

    statistics = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(rowCount=count)
    dataset.outputFacets = {"outputStatistics": statistics}
