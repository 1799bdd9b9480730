"""The folder of a run as a suite leaves it, written in a moment, and orders to accept it.

Test modules name this one in ``pytest_plugins`` and import from it: PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from pytest_iflow.acceptance.making import AcceptanceOrder, MadeRecord, make_record
from pytest_iflow.acceptance.record import Signatory
from pytest_iflow.reporting.pages.summary import write_summary
from pytest_iflow.results.journal import Journal, NotedFiles
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.scenario_result import ScenarioResult, ScenarioStatus, StepResult
from pytest_iflow.results.signing import SigningKey, create_key
from pytest_iflow.tenants.suite_files import SuiteFiles

BEGAN = datetime(2026, 11, 3, 4, 42, 7, tzinfo=UTC)
NOW = BEGAN + timedelta(hours=1)
FEATURE = "features/größe/maße.feature"
STEP = StepResult("When", 'I send a POST request to the iFlow "o" with the file "a b.json"', 5, "passed", 0.1)


def scenario(
    title: str = "good", status: ScenarioStatus = "passed", *tags: str, **changes: Any
) -> ScenarioResult:
    """Return a scenario of the feature."""
    result = ScenarioResult(
        node_id=f"{FEATURE}::{title}",
        feature="Maße",
        rule=None,
        scenario=title,
        example={},
        file=FEATURE,
        line=4,
        tags=tags,
        status="passed",
        seconds=0.5,
        message="" if status == "passed" else "the response status is 500, expected 200\n  where: there",
        exchange="",
        steps=(STEP,),
    )
    return replace(result, status=status, **changes)


GREEN = RunResult(
    tenant="trial",
    environment="test",
    started=BEGAN,
    seconds=12.5,
    scenarios=(scenario(),),
    hosts={"token": "trial.authentication.example"},
    versions={"pytest-iflow": "0.1.0"},
    interrupted=False,
    collection_errors=(),
    artifacts={"Product_Details": "1.0.7"},
    runtime_version="6.71.12",
)


class RecordedRun:
    """A suite in ``root`` and what its run left in ``folder``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "reports" / "trial" / "test"
        for name in (FEATURE, "features/größe/a b.json", "schemas/unnamed.json"):
            self.suite_file(name)

    def suite_file(self, name: str, saved: datetime = BEGAN - timedelta(hours=1)) -> Path:
        """Write a file of the suite that was saved at that time."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{path.name}\n", encoding="utf-8")
        os.utime(path, (saved.timestamp(), saved.timestamp()))
        return path

    def leave(self, *scenarios: ScenarioResult, **changes: Any) -> RunResult:
        """Write what a run leaves: pages, JUnit, Allure results, history."""
        result = replace(GREEN, scenarios=scenarios or GREEN.scenarios, **changes)
        write_summary(result, self.folder)
        (self.folder / "allure-results").mkdir(exist_ok=True)
        for name in ("junit.xml", "history.jsonl", "allure-results/über uns-result.json"):
            (self.folder / name).write_text(f"{name}\n", encoding="utf-8")
        self.seal(result)
        return result

    def seal(self, result: RunResult) -> None:
        """Write and seal the journal of the run; it used the feature and the payload beside it."""
        self.files = SuiteFiles(self.root)
        for name in (FEATURE, "features/größe/a b.json"):
            self.files.read_named(self.root / name)
        journal = Journal(self.folder, noted=NotedFiles(self.files))
        written = (self.folder / "summary.json", self.folder / "summary.html", self.folder / "junit.xml")
        kept = {path: path.read_bytes() for path in written}
        journal.begin(result)
        for each in result.scenarios:
            if each.status != "not run":
                journal.finish(each, 1.0)
        for path, data in kept.items():
            path.write_bytes(data)
        journal.end()
        journal.seal()

    def order(self, **changes: Any) -> AcceptanceOrder:
        """Return an order to accept the run."""
        order = AcceptanceOrder(
            tenant="trial",
            environment="test",
            signatory=Signatory("Jürgen Groß", "QA lead"),
            decision="accepted",
            comment="",
            reports=self.root / "reports",
            root=self.root,
            requirements=None,
            given=(),
            max_age=timedelta(hours=24),
        )
        return replace(order, **changes)

    def listed(self, text: str) -> Path:
        """Write a list of requirements."""
        path = self.root / "requirements.csv"
        path.write_text(text, encoding="utf-8")
        return path


@pytest.fixture
def recorded(tmp_path: Path) -> RecordedRun:
    """A suite, without a run as yet."""
    return RecordedRun(tmp_path / "my suite")


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A private key without a passphrase; its public key stands beside it."""
    path = tmp_path_factory.mktemp("keys") / "lead.pem"
    create_key(path, None)
    return path


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    """A key to sign with."""
    return create_key(tmp_path_factory.mktemp("keys") / "signer.pem", None)


@pytest.fixture(scope="session")
def first_made(tmp_path_factory: pytest.TempPathFactory, key: SigningKey) -> MadeRecord:
    """The record of a green run, for all tests to copy."""
    recorded = RecordedRun(tmp_path_factory.mktemp("suite"))
    recorded.leave()
    return make_record(recorded.order(), key, NOW)


@pytest.fixture
def made(recorded: RecordedRun, first_made: MadeRecord) -> MadeRecord:
    """The record of a green run, which a test may alter."""
    recorded.leave()
    folder = recorded.folder / "acceptance" / first_made.folder.name
    shutil.copytree(first_made.folder, folder)
    return replace(first_made, folder=folder)
