"""Secrets planted in every place: a scanner that is not the product's finds none in files and output."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest

from tests.inner_project import InnerProject, InnerRun
from tests.loopback_authority import Authority
from tests.loopback_server import LOOPBACK, LoopbackServer
from tests.loopback_tenant import SECRET, LoopbackTenant
from tests.reporting.planted_suite import SECRETS, EchoingService, found, found_below, plant

pytest_plugins = ["tests.inner_project"]

PLACES = ["features", "tests", "--continue-on-collection-errors", "--tenant=loopback", "-W", "default"]
TALKATIVE = ["--showlocals", "-rA", "-vv", "--durations=0", "--log-file=reports/loopback/dev/run.log"]
LIVE = ["-s", "-o", "log_cli=true", "--log-cli-level=DEBUG", "-k", "not Crash"]


@pytest.fixture(scope="module")
def planted(
    new_project: Callable[[], InnerProject], authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[InnerProject]:
    """The suite and its server."""
    project = new_project()
    tls = authority.server_context("localhost", LOOPBACK)
    with contextlib.closing(LoopbackServer(EchoingService(), tls)) as server:
        plant(project, server, LoopbackTenant(tmp_path_factory.mktemp("keys"), authority))
        yield project


@pytest.fixture(scope="module", params=["distributed", "live"])
def outcome(request: pytest.FixtureRequest, planted: InnerProject) -> InnerRun:
    """One run over two workers with captured output, and one that shows everything at once."""
    if request.param == "distributed":
        return planted.run(*PLACES, *TALKATIVE, "-n", "2", PLANTED=SECRET)
    return planted.run(*PLACES, *TALKATIVE, *LIVE, PLANTED=SECRET, LIVE="1")


def test_no_secret_is_in_any_file(outcome: InnerRun) -> None:
    """Allure results, attachments, JUnit, summary and log file are all there, and clean."""
    assert {file.rpartition("/")[2] for file in outcome.files()} > {"junit.xml", "summary.json", "run.log"}
    assert found_below(outcome.root / "reports") == {}


def test_no_secret_is_in_the_terminal(outcome: InnerRun) -> None:
    """Nor on standard error."""
    assert found(outcome.text.encode(), SECRETS) == set()


def test_everything_was_planted(outcome: InnerRun) -> None:
    """Each scenario failed where it should, so what it shows was there to be masked."""
    statuses = outcome.statuses("loopback/dev")
    shown = {status for title, status in statuses.items() if title.startswith("Shown as")}
    assert shown == {"broken"}
    assert statuses["Title with ***"] == "failed"
    assert statuses["Exchange"] == "failed"
    assert "***" in outcome.scenarios("loopback/dev")["Exchange"]["exchange"]
    assert "not to be collected: ***" in outcome.text
    live = "1 deselected" in outcome.text  # the worker that dies, for there is none
    assert ("crashed while running 'features/planted.feature::Crash with ***'" in outcome.text) != live
    assert outcome.summary("loopback/dev")["leaks"] == []
    assert outcome.code == 1


def test_without_masking_the_gate_fails_the_run(planted: InnerProject) -> None:
    """It names file, place and kind, in terminal, summary and page, and never the secret."""
    run = planted.run("features", "--tenant=loopback", "-k", "Column", PLANTED=SECRET, UNMASKED="1")
    assert run.code == 1
    assert run.statuses("loopback/dev").popitem()[1] == "passed"
    leaks = run.summary("loopback/dev")["leaks"]
    assert run.summary("loopback/dev")["verdict"] == "failed"
    files = {leak.split(":")[0].rpartition("/")[2] for leak in leaks}
    assert {"junit.xml", "summary.json"} <= files
    assert all("a registered secret" in leak for leak in leaks)
    assert leaks[0] in run.text
    assert found("\n".join(leaks).encode(), SECRETS) == set()
