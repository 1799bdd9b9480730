"""Which parts of the iFlows of a real tenant the scenarios of a run passed, by the message logs of the run.

The tenant is asked at the end of the run: for the logs of its messages and of what these called, for the
steps in them, and once for each iFlow, for its design. What is not known is said in a sentence each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import TYPE_CHECKING

from msgspec import Struct

from pytest_iflow.errors import IflowError, MonitoringError
from pytest_iflow.iflow_model.bundle import read_bundle
from pytest_iflow.iflow_model.files import BundleError, ZipFiles
from pytest_iflow.iflow_model.logged_path import LoggedPath, LoggedStep, logged_path, united
from pytest_iflow.iflow_model.parameters import resolve_flow
from pytest_iflow.monitoring.contents import DETAILED
from pytest_iflow.monitoring.log_question import LogQuestion
from pytest_iflow.monitoring.monitor import NEWEST, Monitor
from pytest_iflow.monitoring.step_logs import LoggedMessage, StepLogs, read_step_logs
from pytest_iflow.reporting.flow_passages import Covered, covered_flow, named
from pytest_iflow.results.flow_coverage import CoverageReport, FlowCoverage, most_missed_first
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.scenario_result import ScenarioResult, in_order_of_files
from pytest_iflow.run import Run
from pytest_iflow.secrets.registry import mask
from pytest_iflow.transport.exchange import LOG_LEVEL

if TYPE_CHECKING:
    from pytest_iflow.iflow_model.bundle import Bundle
    from pytest_iflow.iflow_model.flow import Flow
    from pytest_iflow.monitoring.message_log import RunStep

PATIENCE = 30.0
"""Seconds that the end of a run waits for message logs at the most."""

LAST_ROWS = 50
"""Rows that a tenant keeps of a message that failed at a level without details (wire-facts 5.7)."""


class _Design(Struct, frozen=True):
    """The design of an iFlow as it is deployed; ``since`` is the moment of its deployment."""

    bundle: Bundle
    flow: Flow
    version: str
    since: datetime | None


class _NotShownError(Exception):
    """An iFlow whose design cannot be had; the text says why."""


def logged_flows(run: Run, result: RunResult) -> Covered | None:
    """Return what was passed in the iFlows that the scenarios called; None where they called none.

    Raises IflowError without a service key of plan api, and where the tenant gives no logs.
    """
    monitor = run.monitor
    if monitor is None:
        raise IflowError("--flow-coverage reads message logs, for which a service key of plan api is missing")
    asked = dict(_questions(result))
    if not asked:
        return None
    patience = min(run.environment.timeouts.log, PATIENCE)
    logs = read_step_logs(monitor, list(asked), patience)
    by_flow: dict[str, list[LoggedMessage]] = {}
    for message in logs.messages:
        by_flow.setdefault(message.log.iflow, []).append(message)
    notes: list[str] = []
    hidden: dict[str, list[str]] = {}
    found = []
    for artifact, messages in sorted(by_flow.items()):
        try:
            design = _design(monitor, artifact)
        except _NotShownError as error:
            hidden.setdefault(str(error), []).append(artifact)
        else:
            found.append((design, list(_of_version(design, messages, notes))))
    callers = _callers(asked, logs)
    covered = [(_covered(design, messages, asked, callers), design.bundle) for design, messages in found]
    covered.sort(key=lambda each: most_missed_first(each[0]))
    notes += (f"Not shown: {', '.join(names)}. {why}." for why, names in hidden.items())
    notes += _notes(result, asked, logs)
    if not covered:
        raise IflowError("no iFlow of the tenant can be shown: " + " ".join(notes))
    report = CoverageReport(
        result.tenant,
        result.environment,
        result.started,
        "",
        tuple(flow for flow, _ in covered),
        tuple(named(each) for each in callers),
        source=_source(run, logs),
        notes=tuple(map(mask, notes)),
    )
    return Covered(report, tuple(bundle for _, bundle in covered))


def _questions(result: RunResult) -> Iterator[tuple[LogQuestion, ScenarioResult]]:
    """Yield what finds the logs of each scenario: the first of each one, then the second, and so on."""
    rows = [
        [
            *((LogQuestion(each), scenario) for each in scenario.message_ids),
            *((LogQuestion(application_id=each), scenario) for each in scenario.application_ids),
        ]
        for scenario in in_order_of_files(result.scenarios)
    ]
    for several in zip_longest(*rows):
        yield from (each for each in several if each is not None)


def _callers(asked: dict[LogQuestion, ScenarioResult], logs: StepLogs) -> list[ScenarioResult]:
    """Return the scenarios whose messages were found, in the order of the files."""
    ids = {asked[each.question].node_id for each in logs.messages}
    return in_order_of_files(each for each in asked.values() if each.node_id in ids)


def _design(monitor: Monitor, artifact: str) -> _Design:
    """Return the design of an iFlow in its deployed version; raises _NotShownError."""
    try:
        deployed = monitor.runtime_artifact(artifact)
        version = _downloaded_version(monitor, artifact, deployed.version if deployed else "")
        content = monitor.download(artifact, version)
        if content is None:
            raise _NotShownError("The tenant has no such design, or a very large one")
        values = monitor.configured_values(artifact, version)
    except MonitoringError as error:
        role = "; the service key needs the role WorkspacePackagesRead" if error.kind == "forbidden" else ""
        raise _NotShownError(f"The design cannot be downloaded: {error.what}{role}") from error
    try:
        bundle = read_bundle(ZipFiles(artifact, content), artifact)
        if bundle.flow is None:
            raise _NotShownError("The design has no integration flow")
        flow = resolve_flow(bundle.flow, bundle.values(values))
    except BundleError as error:
        raise _NotShownError(f"The design cannot be read: {error.what}") from error
    return _Design(bundle, flow, version, deployed.deployed_on if deployed else None)


def _downloaded_version(monitor: Monitor, artifact: str, deployed: str) -> str:
    """Return under which version to download what is deployed; raises _NotShownError where that is gone."""
    designed = monitor.design_version(artifact)
    if designed is None:
        raise _NotShownError("The tenant has no design of it")
    if not deployed or designed == deployed:
        return NEWEST
    if monitor.design_version(artifact, deployed) is None:
        raise _NotShownError(f"Version {deployed} is deployed, and only version {designed} can be downloaded")
    return deployed


def _of_version(
    design: _Design, messages: Sequence[LoggedMessage], notes: list[str]
) -> Iterator[LoggedMessage]:
    """Yield the messages that the deployed version processed; another one may have had other steps."""
    before = 0
    for each in messages:
        if design.since is not None and each.log.start < design.since:
            before += 1
        else:
            yield each
    if before:
        notes.append(
            f"{design.bundle.name} was deployed again during the run: {_messages(before)} of the version "
            "before it do not count."
        )
    strangers = united(_paths(design.flow, each) for each in messages).strangers
    if strangers:
        notes.append(
            f"Logs of {design.bundle.name} name {len(strangers)} steps that its design does not have, such "
            f"as {min(strangers)}: was it changed and not deployed, or under the same version?"
        )


def _covered(
    design: _Design,
    messages: Sequence[LoggedMessage],
    asked: dict[LogQuestion, ScenarioResult],
    callers: Sequence[ScenarioResult],
) -> FlowCoverage:
    places = {each.node_id: number for number, each in enumerate(callers)}
    passed: dict[str, dict[int, None]] = {}
    paths = []
    for message in messages:
        path = _paths(design.flow, message)
        paths.append(path)
        for part in path.passed:
            passed.setdefault(part, {})[places[asked[message.question].node_id]] = None
    version = f"version {design.version}" if design.version != NEWEST else "the deployed version"
    return covered_flow(design.bundle, design.flow, passed, version, united(paths).unknown)


def _paths(flow: Flow, message: LoggedMessage) -> LoggedPath:
    """Return what the runs of a message passed."""
    runs: dict[str, list[RunStep]] = {}
    for step in message.steps:
        runs.setdefault(step.run, []).append(step)
    is_whole = message.log.log_level in DETAILED or len(message.steps) < LAST_ROWS
    return united(
        logged_path(
            flow,
            [
                LoggedStep((step.step, step.step_id), step.branch, not step.passed)
                for step in sorted(steps, key=lambda step: step.number)
            ],
            is_whole=is_whole,
        )
        for steps in runs.values()
    )


def _source(run: Run, logs: StepLogs) -> str:
    levels = Counter(each.log.log_level for each in logs.messages if each.steps and each.log.log_level)
    levels_said = f", level {' and '.join(sorted(levels))}" if levels else ""
    return f"message logs of {run.environment}{levels_said}"


def _notes(result: RunResult, asked: dict[LogQuestion, ScenarioResult], logs: StepLogs) -> Iterator[str]:
    """Yield what is not in the report, a sentence each."""
    titles = {asked[each].scenario: None for each in logs.missing}
    if titles:
        yield f"{_messages(len(logs.missing))} had no message log that was final: {_first(titles)}."
    bare = [each for each in logs.messages if not each.steps]
    if bare:
        levels = sorted({each.log.log_level for each in bare if each.log.log_level})
        titles = {asked[each.question].scenario: None for each in bare}
        yield (
            f"{_messages(len(bare))} left no steps in their logs, which have the level "
            f"{' and '.join(levels) or 'that is not known'}: {_first(titles)}. For DEBUG set debug-logs in "
            f"the tenant file, and name {LOG_LEVEL} in Allowed Header(s) of the iFlow."
        )
    if logs.left_out:
        yield f"{_messages(logs.left_out)} were not looked at, being too many."
    if logs.trouble:
        yield f"The tenant gave no more steps: {logs.trouble}"
    known = {each.node_id for each in asked.values()}
    silent = {each.scenario: None for each in result.scenarios if each.calls and each.node_id not in known}
    if silent:
        yield (
            f"Nothing tells the message logs of {len(silent)} scenarios: {_first(silent)}. Set "
            "application-id in the tenant file where answers name no log."
        )


def _messages(count: int) -> str:
    return f"{count} message" if count == 1 else f"{count:,} messages"


def _first(titles: dict[str, None]) -> str:
    """Return some titles in quotes."""
    shown = [f'"{title}"' for title in list(titles)[:3]]
    more = f" and {len(titles) - len(shown)} more" if len(titles) > len(shown) else ""
    return ", ".join(shown) + more
