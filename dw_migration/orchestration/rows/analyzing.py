"""What the op `analyze_rows` does: the report on each source and its target, from a look at both."""

from collections.abc import Iterator

import dagster as dg

from dw_migration.migrate.rows.analyze import Analysis
from dw_migration.orchestration.metadata import inert
from dw_migration.orchestration.names import Names
from dw_migration.orchestration.rows import metadata
from dw_migration.orchestration.rows.work import Done, Work, failure


def analyze_sources(context: dg.AssetExecutionContext, names: Names) -> Iterator[dg.AssetMaterialization]:
    """The report on each source as soon as it is done. Raises: Failure that names those that have none."""
    work, key = Work.of(context, names), names.key("data_analysis")
    done: list[Done[Analysis]] = []
    for each in work.finished(lambda source: work.rows.analyze(work.config, source.name), work.sources.at_once):
        if each.found is None:
            context.log.error(f"{each.source}: {inert(each.error)}")
        else:
            told = metadata.of_analysis(each.found, each.source)
            yield dg.AssetMaterialization(key, partition=each.source, metadata=told, tags=work.tags(key, each.source))
        done.append(each)
    failures = [each for each in done if each.found is None]
    if failures:
        raise failure(failures, len(done), metadata.of_errors(failures))
