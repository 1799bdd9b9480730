"""The report folders of several machines, written as the one that a single run leaves.

What the machines left is data of others: no name in it leads out of the folder of reports, and no link is
followed. The merged run has a seal of its own, which says of each machine's run what seal it had, or what was
wrong.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from pytest_iflow.errors import ConfigurationError, IflowError, reason_of
from pytest_iflow.reporting.allure.results import empty_results
from pytest_iflow.reporting.junit.document import merge_junit
from pytest_iflow.reporting.merged_coverage import with_merged_coverage, write_merged_coverage
from pytest_iflow.reporting.publish import ReportPlaces, publish
from pytest_iflow.results.chain import Machine, SealedRun, disagreements, read_sealed_run
from pytest_iflow.results.comparison import compare
from pytest_iflow.results.files import Troubles
from pytest_iflow.results.history import History
from pytest_iflow.results.journal import Journal, NotedFiles
from pytest_iflow.results.json_format import decode, encode
from pytest_iflow.results.merge import (
    ShardReport,
    copy_results,
    latest_of_each_shard,
    merged_run,
    require_plain,
    require_plain_results,
    shard_reports,
)
from pytest_iflow.results.run_folder import (
    COVERAGE,
    FLOW_PATHS,
    JOURNAL,
    JUNIT,
    PLAN,
    SEALED_JOURNAL,
    SUMMARY,
    RunFolder,
)
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.tenants.suite_files import SuiteFiles, read_regular
from pytest_iflow.tenants.tenant_schema import check_name

if TYPE_CHECKING:
    from pytest_iflow.tenants.deployed_flows import FlowInSuite

_READ = (SUMMARY, JOURNAL, PLAN, JUNIT, SEALED_JOURNAL, COVERAGE, FLOW_PATHS)


def merge_reports(
    folders: Sequence[Path],
    reports: Path,
    say: Callable[[str], None] = lambda _: None,
    flows_of: Callable[[RunResult], Iterable[FlowInSuite]] = lambda _: (),
) -> list[tuple[RunResult, str]]:
    """Write one run for each tenant and environment that ``folders`` hold into ``reports``.

    Return the runs, each with its seal. ``say`` is told what of an earlier run could not be removed,
    ``flows_of`` returns the exported iFlows of the suite, to be drawn, where a run called some.

    ``folders`` are as in ``shard_reports``. What an earlier run left in ``reports`` is replaced; its history
    stays, is compared with, and has the merged run as its last. Nothing is written unless all runs can be
    merged. Raises as ``shard_reports`` and ``merged_run``, ConfigurationError for names that are none of a
    tenant or environment and for links, pipes and devices, and IflowError where files cannot be written.
    """
    places: dict[tuple[str, str], list[ShardReport]] = {}
    for report in shard_reports(folders, _require_harmless):
        places.setdefault((report.result.tenant, report.result.environment), []).append(report)
    kept = [latest_of_each_shard(found) for found in places.values()]
    runs = [_readable(merged_run(shards)) for shards in kept]
    targets = [_target(run, shards, reports) for shards, run in zip(kept, runs, strict=True)]
    if len({str(target).casefold() for target in targets}) < len(targets):
        raise ConfigurationError(
            "Names of tenants or environments differ in upper and lower case only.",
            where=", ".join(map(str, targets)),
            remedy="Give each a name of its own: some file systems take both for one.",
        )
    try:
        return [_write(*each, say, flows_of) for each in zip(kept, runs, targets, strict=True)]
    except OSError as error:
        raise IflowError(
            f"The merged reports cannot be written: {reason_of(error)}.",
            where=str(error.filename or reports),
            remedy="See to space, rights and the length of the names, then merge again.",
        ) from error


def _require_harmless(folder: Path) -> None:
    """Raise ConfigurationError for the folder of a run that holds what no run writes."""
    require_plain(folder, _READ)
    if (results := RunFolder(folder).allure_results).is_dir():
        require_plain_results(results)


def _readable(run: RunResult) -> RunResult:
    """A merged run that can be read again; runs of machines may be centuries apart."""
    try:
        return decode(encode(run.document), RunResult)
    except (ValueError, OverflowError) as error:
        raise ConfigurationError(
            f"The reports make no run together: {error}.",
            remedy="Merge the shards of one suite that ran at the same time.",
        ) from error


def _target(run: RunResult, shards: Sequence[ShardReport], reports: Path) -> Path:
    """The folder of the merged run; raises ConfigurationError where that is not one of ``reports``."""
    for name, kind in ((run.tenant, "a tenant"), (run.environment, "an environment")):
        try:
            check_name(name, kind)
        except ConfigurationError as error:
            where = ", ".join(str(RunFolder(shard.folder).summary) for shard in shards)
            raise ConfigurationError(error.what, where=where, remedy=error.remedy) from None
    folder = reports / run.tenant / run.environment
    inside = list(folder.iterdir()) if os.path.isdir(folder) else []  # noqa: PTH112, for a name of any length
    for path in (folder.parent, folder, *inside):
        if os.path.islink(path):  # noqa: PTH114, the same
            raise ConfigurationError(
                "A link stands where the merged report is to be written, and none is followed.",
                where=str(path),
                remedy="Remove the link, or name another folder with --reports.",
            )
    if any(shard.folder.resolve().is_relative_to(folder.resolve()) for shard in shards):
        raise ConfigurationError(
            "The merged report would replace one of those that it is made of.",
            where=str(folder),
            remedy="Keep the reports of each machine in a folder of their own, beside reports.",
        )
    return folder


def _write(
    shards: Sequence[ShardReport],
    run: RunResult,
    folder: Path,
    say: Callable[[str], None],
    flows_of: Callable[[RunResult], Iterable[FlowInSuite]],
) -> tuple[RunResult, str]:
    run, coverage = with_merged_coverage(shards, run)
    sealed = [read_sealed_run(shard.folder) for shard in shards]
    troubles = Troubles()
    journal = Journal(folder, troubles, _used(sealed))
    journal.begin(run)
    run = replace(run, changes=compare(run, History(folder).newest_first()))
    _copy_reports(shards, run, RunFolder(folder), troubles)
    if coverage is not None:
        write_merged_coverage(coverage, flows_of(run), shards, RunFolder(folder))
    for scenario in run.scenarios:
        if scenario.status != "not run":
            journal.finish(scenario, run.seconds)
    machines = [_machine(shard, each) for shard, each in zip(shards, sealed, strict=True)]
    publish(run, ReportPlaces.within(folder), troubles, journal)
    if troubles.has_unwritten:
        raise OSError(None, " ".join(troubles.sentences), str(folder))
    for sentence in troubles.sentences:
        say(sentence)
    return run, journal.seal(machines)


def _copy_reports(
    shards: Sequence[ShardReport], run: RunResult, target: RunFolder, troubles: Troubles
) -> None:
    """Bring what the machines left for others to read into the folder of the merged run."""
    sources = [RunFolder(shard.folder) for shard in shards]
    target.discard_allure_report(troubles)
    results = [source.allure_results for source in sources if source.allure_results.is_dir()]
    if results:
        empty_results(target.allure_results, troubles)
    for path in results:
        copy_results(path, target.allure_results)
    merge_junit([source.junit for source in sources], target.junit, run.seconds)
    for number, source in enumerate(sources, start=1):
        if source.sealed_journal.is_file():
            sealed = read_regular(source.sealed_journal, follow=False)
            target.sealed_journal_of(number).write_bytes(sealed)


def _used(sealed: Sequence[SealedRun | None]) -> NotedFiles:
    """What the machines read of the suite."""
    noted = NotedFiles(SuiteFiles(Path()))
    used = {
        (name, sha256) for each in sealed if each for name, known in each.used.items() for sha256 in known
    }
    noted.adopt({"used": sorted(used)})
    return noted


def _machine(shard: ShardReport, sealed: SealedRun | None) -> Machine:
    """Which seal the run of a machine has, and what is wrong with it."""
    faults = list(disagreements(sealed, shard.folder)) if sealed else ["the run left no seal"]
    return Machine(str(shard.folder), sealed.seal if sealed else "", faults)
