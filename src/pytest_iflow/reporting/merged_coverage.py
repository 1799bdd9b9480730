"""The coverage of exported iFlows by several machines as that of one run, with a page of its own.

What the machines left is data of others. Pictures are of the iFlows of this suite, where they are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from pytest_iflow.errors import reason_of
from pytest_iflow.results.flow_coverage import CoverageReport, FlowCoverage, merged
from pytest_iflow.results.json_format import UnfitJsonError
from pytest_iflow.results.merge import ShardReport
from pytest_iflow.results.run_folder import COVERAGE, RunFolder
from pytest_iflow.results.run_result import FlowCount, RunResult

if TYPE_CHECKING:  # not for runs without exported iFlows
    from pytest_iflow.iflow_model.bundle import Bundle
    from pytest_iflow.tenants.deployed_flows import FlowInSuite


def with_merged_coverage(
    shards: Sequence[ShardReport], run: RunResult
) -> tuple[RunResult, CoverageReport | None]:
    """Return a merged run with what its machines passed together, and the report of it.

    That is None where no machine left one. What a machine counted whose report cannot be read counts beside.
    """
    partial = [f"only a part of the suite ran: {run.selection}"] if run.selection else []
    reports: list[CoverageReport] = []
    counts: list[FlowCount] = []
    for shard in shards:
        try:
            report = CoverageReport.read(RunFolder(shard.folder).coverage)
        except FileNotFoundError:
            partial += _missing(shard)
            counts += shard.result.flow_coverage
        except (OSError, UnfitJsonError) as error:
            reason = reason_of(error) if isinstance(error, OSError) else error
            partial.append(f"{COVERAGE} of {_name(shard)} cannot be read: {reason}")
            counts += shard.result.flow_coverage
        else:
            reports.append(report)
            partial += [f"{_name(shard)} was cut short"] if shard.result.interrupted else []
    whole = merged(run, reports, partial) if reports else None
    flows = whole.flows if whole else ()
    return replace(run, flow_coverage=(*(each.count for each in flows), *counts)), whole


def _missing(shard: ShardReport) -> Iterator[str]:
    """Yield why a machine has no report, unless its scenarios called no exported iFlow."""
    run = shard.result
    if run.interrupted:
        yield f"{_name(shard)} was cut short, and nobody knows what it passed"
    elif run.flow_coverage:
        yield f"{_name(shard)} left no {COVERAGE}"


def _name(shard: ShardReport) -> str:
    return f"shard {shard.result.shard}" if shard.result.shard else str(shard.folder)


def write_merged_coverage(
    report: CoverageReport, flows: Iterable[FlowInSuite], shards: Sequence[ShardReport], folder: RunFolder
) -> None:
    """Write report, page, and which way each scenario went; ``flows`` are those of the suite.

    Raises OSError.
    """
    from pytest_iflow.reporting.flow_passages import Covered
    from pytest_iflow.reporting.pages.flow_coverage import write_flow_coverage
    from pytest_iflow.results.flow_paths import add_latest_runs

    add_latest_runs(folder.flow_paths, [RunFolder(each.folder).flow_paths for each in shards])

    known = {each.bundle.id: each.bundle for each in flows}
    bundles = tuple(_drawn(each, known.get(each.id)) for each in report.flows)
    write_flow_coverage(Covered(report, bundles), folder.path, None)


def _drawn(covered: FlowCoverage, bundle: Bundle | None) -> Bundle | None:
    """Return the bundle of a flow, unless it has other steps by now."""
    if bundle is None or bundle.flow is None:
        return None
    own = {step.id for step in bundle.flow.steps()}
    return bundle if own == {each.id for each in covered.steps} else None
