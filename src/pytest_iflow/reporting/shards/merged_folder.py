"""The report folders of several machines, written as the one that a single run leaves."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.reporting.allure.folders import discard_report
from pytest_iflow.reporting.allure.results import empty_results
from pytest_iflow.reporting.history.comparison import compare
from pytest_iflow.reporting.history.store import History
from pytest_iflow.reporting.junit.document import merge_junit
from pytest_iflow.reporting.pages.index import write_index
from pytest_iflow.reporting.pages.summary import write_summary
from pytest_iflow.reporting.run_result import RunResult
from pytest_iflow.reporting.shards.merge import ShardReport, latest_of_each_shard, merged_run, shard_reports


def merge_reports(folders: Sequence[Path], reports: Path) -> list[RunResult]:
    """Write one run for each tenant and environment that ``folders`` hold into ``reports``; return the runs.

    ``folders`` are as in ``shard_reports``. What an earlier run left in ``reports`` is replaced; its history
    stays, is compared with, and has the merged run as its last. Nothing is written unless all runs can be
    merged. Raises as ``merge_runs``, and OSError.
    """
    places: dict[tuple[str, str], list[ShardReport]] = {}
    for report in shard_reports(folders):
        places.setdefault((report.result.tenant, report.result.environment), []).append(report)
    kept = [latest_of_each_shard(found) for found in places.values()]
    runs = [merged_run(shards) for shards in kept]
    written = []
    for shards, run in zip(kept, runs, strict=True):
        folder = reports / run.tenant / run.environment
        _refuse_own_input(shards, folder)
        written.append(_write(shards, run, folder))
    write_index(reports)
    return written


def _refuse_own_input(shards: Sequence[ShardReport], folder: Path) -> None:
    if folder.resolve() in {shard.folder.resolve() for shard in shards}:
        raise ConfigurationError(
            "The merged report would replace one of those that it is made of.",
            where=str(folder),
            remedy="Keep the reports of each machine in a folder of their own, beside reports.",
        )


def _write(shards: Sequence[ShardReport], run: RunResult, folder: Path) -> RunResult:
    folder.mkdir(parents=True, exist_ok=True)
    history = History(folder)
    run = replace(run, changes=compare(run, history.newest_first()))
    results = [path for shard in shards if (path := shard.folder / "allure-results").is_dir()]
    if results:
        empty_results(folder / "allure-results")
    for path in results:
        shutil.copytree(path, folder / "allure-results", dirs_exist_ok=True)
    merge_junit([shard.folder / "junit.xml" for shard in shards], folder / "junit.xml", run.seconds)
    discard_report(folder)
    write_summary(run, folder)
    history.append(run)
    return run
