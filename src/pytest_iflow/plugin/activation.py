"""From options to a run: which tenant, which environment, and which plugins of pytest take part."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_iflow.checks.golden_update import GoldenWriter
from pytest_iflow.errors import IflowError
from pytest_iflow.gherkin.compiled import STEP_LISTENER
from pytest_iflow.gherkin.scenario_check import ScenarioCheck
from pytest_iflow.gherkin.selection import resolve_lines
from pytest_iflow.gherkin.step_index import fast_look_up
from pytest_iflow.gherkin.tags import register_known_tags
from pytest_iflow.other_environments import OtherEnvironments
from pytest_iflow.plugin import fixtures
from pytest_iflow.plugin.environment_check import EnvironmentCheck
from pytest_iflow.plugin.flow_coverage import want_step_logs
from pytest_iflow.plugin.hooks import FeaturePlugin
from pytest_iflow.plugin.options import folder_of_run, wants_golden_update
from pytest_iflow.plugin.parallel.limit import parallel_option
from pytest_iflow.plugin.protocol import ScenarioProtocol, rare_garbage_collection
from pytest_iflow.plugin.run_end import EndSignals
from pytest_iflow.plugin.run_report import RunReport
from pytest_iflow.plugin.step_modules import step_modules
from pytest_iflow.plugin.workers import Controller, Worker, WorkerInput, worker_count, worker_input
from pytest_iflow.reporting.allure.listener import allure_results
from pytest_iflow.reporting.allure.results import ResultsFolder
from pytest_iflow.reporting.announcements.announcement import Announcement
from pytest_iflow.reporting.console_text import console_text
from pytest_iflow.reporting.junit.scenarios import JunitScenarios
from pytest_iflow.reporting.masking.business_data import BUSINESS_DATA
from pytest_iflow.reporting.masking.reports import ReportMask
from pytest_iflow.reporting.masking.shared_secrets import SecretsForWorkers, SecretsOfWorker
from pytest_iflow.reporting.masking.streams import PytestsOwnFiles, masked_logs, masked_streams
from pytest_iflow.reporting.masking.values import masked_values
from pytest_iflow.reporting.recorder import ScenarioRecorder
from pytest_iflow.reporting.report_results import ResultsOnReports
from pytest_iflow.reporting.terminal import UncheckedFormats, WrittenGoldens, replace_reporter
from pytest_iflow.results.files import Troubles, replace_file
from pytest_iflow.results.journal import NotedFiles
from pytest_iflow.results.plan import Planner
from pytest_iflow.results.run_folder import unwritable
from pytest_iflow.run import RUN, Run
from pytest_iflow.tenants.catalogue import LOCAL, Catalogue, choose_environment, load_environ
from pytest_iflow.tenants.credentials import exported_flows, needs_emulator
from pytest_iflow.tenants.masking_rules import MaskingRules, joined
from pytest_iflow.tenants.model import Environment
from pytest_iflow.transport.trust import check_variable

if TYPE_CHECKING:
    from pytest_iflow.gherkin.shards import ShardSelection
    from pytest_iflow.plugin.changed_flows import ChangedSelection
    from pytest_iflow.plugin.flow_paths import ScenarioTexts


def print_tenants(config: pytest.Config) -> int:
    """Print tenants and environments with the state of their credentials."""
    from pytest_iflow.tenants.listing import render, tenant_listing

    root = config.rootpath
    catalogue = Catalogue(_tenants_folder(config), load_environ(root, LOCAL, None, os.environ))
    rows = tenant_listing(catalogue, lambda tenant, name: load_environ(root, tenant, name, os.environ))
    sys.stdout.write(console_text(render(rows)) + "\n")
    return 0


def activate(config: pytest.Config, signals: EndSignals) -> None:
    """Register what a run needs; raises ``UsageError`` for options and files that cannot be used."""
    try:
        _activate(config, signals)
    except IflowError as error:
        raise pytest.UsageError(console_text(str(error))) from error


_LISTINGS = ("markers", "showfixtures", "show_fixtures_per_test", "help", "cacheshow")
"""Options of pytest that only list something."""


def _activate(config: pytest.Config, signals: EndSignals) -> None:
    register_known_tags(config)
    if any(getattr(config.option, name, None) for name in _LISTINGS):
        config.option.collectonly = True  # so nothing is started, and the reports of the last run stay
    worker = worker_input(config)
    environment, environ = _environment(config)
    shard = _shard(config)
    keys = worker["emulator_keys"] if worker else None
    part = f"{shard.part.number}/{shard.part.count}" if shard else ""
    workers = worker_count(config) * (shard.part.count if shard else 1)
    run = Run(environment, environ, config.rootpath, keys, workers)
    if worker:
        _adopt(run, worker)
    if not worker and not needs_emulator(environment):
        if config.option.collectonly:
            run.credentials.read_all()  # ids are masked, and have to be the same as in a run
        else:
            run.check_default_client()
    if not worker and not config.option.collectonly:
        check_variable(environ)  # else each call would say the same
    _ = run.namespaces  # a mistake in their file is told before anything is sent
    if wants_golden_update(config, os.environ):
        run.golden_writer = GoldenWriter(config.rootpath, replace_file)
    want_step_logs(config, run)
    config.stash[RUN] = run
    config.args[:] = resolve_lines(config.args, config.invocation_params.dir, run.files)
    resources = ExitStack()
    config.add_cleanup(resources.close)
    resources.enter_context(rare_garbage_collection())
    resources.callback(run.close)
    others = OtherEnvironments(
        run, _tenants_folder(config), os.environ, partial(_mask_also, config, run, resources)
    )
    resources.callback(others.close)
    changed = _changed_selection(config, run, worker)
    index = resources.enter_context(fast_look_up())
    for plugin in (
        *_masking(config, run, worker, resources),
        FeaturePlugin(config, run, signals, others),
        ScenarioProtocol(config),
        ScenarioCheck(config, index, run.files, others),
        *([shard] if shard else ()),
        *([changed] if changed else ()),
        EnvironmentCheck(config, run, wanted=not worker and _wants_preflight(config, environment)),
        fixtures,
        *_reporting(config, run, worker, signals, part, resources, changed),
        *step_modules(config.rootpath),
    ):
        config.pluginmanager.register(plugin)


def _masking(
    config: pytest.Config, run: Run, worker: WorkerInput | None, resources: ExitStack
) -> Iterator[object]:
    """What lies under everything that writes; first of all, so that nobody shows what is not masked."""
    for masked in (masked_streams(), masked_logs(), masked_values()):
        resources.enter_context(masked)
    if run.environment.masking != MaskingRules():
        resources.enter_context(BUSINESS_DATA.masked(run.environment.masking, run.environment.limits.parsed))
        run.observers.append(BUSINESS_DATA.observe)
        yield BUSINESS_DATA
    yield PytestsOwnFiles(config)
    yield ReportMask(in_worker=worker is not None)
    yield SecretsOfWorker(config) if worker else SecretsForWorkers()


def _mask_also(config: pytest.Config, run: Run, resources: ExitStack, other: Environment) -> None:
    """Mask the business data of one more environment, beside that of the tested one."""
    if other.masking == MaskingRules():
        return
    rules = joined(BUSINESS_DATA.rules, other.masking)
    resources.enter_context(BUSINESS_DATA.masked(rules, other.limits.parsed))
    if not config.pluginmanager.is_registered(BUSINESS_DATA):
        run.observers.insert(0, BUSINESS_DATA.observe)
        config.pluginmanager.register(BUSINESS_DATA)


def _environment(config: pytest.Config) -> tuple[Environment, Mapping[str, str]]:
    """The environment that options and variables name, and the variables with all ``.env`` files."""
    return choose_environment(
        config.rootpath,
        _tenants_folder(config),
        config.getoption("--tenant"),
        config.getoption("--environment"),
        os.environ,
    )


def _shard(config: pytest.Config) -> ShardSelection | None:
    """What keeps the tests of other machines out of this run, if it is one of several."""
    if not (part := config.getoption("--shard")):
        return None
    from pytest_iflow.gherkin.shards import Shard, ShardSelection

    return ShardSelection(Shard.parse(part))


def _changed_selection(
    config: pytest.Config, run: Run, worker: WorkerInput | None
) -> ChangedSelection | None:
    """What leaves out the scenarios that no change of an exported iFlow touches, with ``--changed-since``."""
    given = config.getoption("--changed-since")
    if not given:
        return None
    from pytest_iflow.plugin.changed_flows import ChangedSelection, changed_selection

    if worker:
        return ChangedSelection.of_worker(worker["judged"] or {})
    return changed_selection(given, config.invocation_params.dir, run, folder_of_run(config, run.environment))


def _adopt(run: Run, worker: WorkerInput) -> None:
    run.problems = tuple(worker["problems"])
    if worker["tokens"]:
        run.tokens.adopt(worker["tokens"])
    if worker["endpoints"]:
        run.discovery.adopt(worker["endpoints"])


def _wants_preflight(config: pytest.Config, environment: Environment) -> bool:
    """Whether to check before the first scenario: as told, else wherever something can be out of order."""
    told: bool | None = config.getoption("--preflight")
    return environment.tenant != LOCAL if told is None else told


def _tenants_folder(config: pytest.Config) -> Path:
    return config.rootpath / (config.getini("iflow_tenants") or "tenants")


def _reporting(
    config: pytest.Config,
    run: Run,
    worker: WorkerInput | None,
    signals: EndSignals,
    shard: str,
    resources: ExitStack,
    changed: ChangedSelection | None,
) -> Iterator[object]:
    """The plugins that watch scenarios; those that write for the whole run are the controller's alone."""
    troubles = Troubles()
    recorder = config.stash[STEP_LISTENER] = ScenarioRecorder(run)
    run.observers.append(recorder.observe)
    run.note_takers.append(recorder.note)
    yield recorder
    yield ResultsOnReports(run, recorder)
    yield UncheckedFormats(run)
    yield WrittenGoldens(run)
    yield JunitScenarios(config)
    noted = NotedFiles(run.files)
    texts: ScenarioTexts | None = None
    if exported_flows(run.environment) and not config.option.collectonly:
        from pytest_iflow.plugin.flow_paths import ScenarioTexts

        texts = ScenarioTexts()
        yield texts
    report = RunReport(config, run, signals, troubles, noted, shard, texts)
    folder = report.folder
    if not worker and not config.option.collectonly:
        folder.require_writable()
        try:
            folder.make_room(troubles)
        except OSError as error:
            raise unwritable(folder.path, error) from error
    yield Planner(folder.plan, troubles)
    is_elsewhere = worker is not None and worker["is_elsewhere"]
    results = Path(worker["allure_results"]) if worker and not is_elsewhere else report.allure_results
    # allure-pytest itself stays silent: what it writes is not masked.
    config.option.allure_report_dir = None
    if config.pluginmanager.hasplugin("allure_pytest") and not config.option.collectonly:
        writer = noted.writer(results, folder.path)
        try:
            kept = ResultsFolder(results, troubles, writer, report.gate.searched)
        except OSError as error:
            raise unwritable(results, error) from error
        resources.enter_context(allure_results(config, recorder, run.environment, kept))
    if worker:
        yield Worker(config, noted, troubles, folder.path if is_elsewhere else None)
        return
    replace_reporter(config)
    yield report
    yield from report.parts
    run.before_calls.append(recorder.announce_call)
    recorder.message_listeners.append(report.results.send)
    limit, grows = parallel_option(config, run.environment)
    if limit > 1 or grows:
        from pytest_iflow.plugin.parallel.ahead import ScenariosAhead

        yield ScenariosAhead(config, run, limit, report.results, signals, grows=grows)
    yield Announcement(config, run.environment)
    judged = changed.for_worker() if changed else None
    yield Controller(run, str(results), noted, troubles, judged)
