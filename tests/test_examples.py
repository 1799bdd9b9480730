"""The example suites pass on the tenant local as they stand, and show every phrase about responses."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_bdd.steps import step_function_context_registry

from pytest_iflow.gherkin.feature_file import read_feature_file
from pytest_iflow.gherkin.vocabulary import Phrase
from pytest_iflow.plugin.step_modules import step_modules
from pytest_iflow.tenants.suite_files import SuiteFiles
from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project"]

PAYLOADS = Path(__file__).parents[1] / "examples" / "payloads"
SHOWN = (
    *("relations", "expected", "tables", "responses", "preparation", "polling"),
    *("odata", "soap", "same_answer"),
)
"""Modules of the vocabulary of which each phrase is shown."""
REFUSALS = "the call is refused because {cause}"
"""Shown by the features of the repository."""


@pytest.fixture(scope="module")
def project(new_project: Callable[[], InnerProject]) -> InnerProject:
    """A copy of the suite."""
    project = new_project()
    shutil.copytree(PAYLOADS, project.root, dirs_exist_ok=True)
    return project


@pytest.fixture(scope="module")
def run(project: InnerProject) -> InnerRun:
    """A run of it."""
    return project.run("--tenant=local", "-q")


def test_payloads_pass_without_any_python(run: InnerRun) -> None:
    """As a tester would run them."""
    assert run.code == pytest.ExitCode.OK, run.text
    assert set(run.statuses().values()) == {"passed"}
    assert [path.name for path in PAYLOADS.rglob("*.py")] == []


def test_payloads_pass_side_by_side(project: InnerProject) -> None:
    """Without a warning: pytest makes no fixture for a test whose turn has not come."""
    run = project.run("--tenant=local", "--parallel=8")
    assert set(run.statuses().values()) == {"passed"}
    assert "warning" not in run.out


def test_payloads_show_every_phrase_about_responses(tmp_path: Path) -> None:
    """One that is new has to be shown, too."""
    modules = {module.__name__ for module in step_modules(tmp_path)}
    phrases = [
        context.parser
        for context in step_function_context_registry.values()
        if context.step_func.__module__ in modules
        and context.step_func.__module__.rpartition(".")[2] in SHOWN
        and isinstance(context.parser, Phrase)
    ]
    texts = []
    for path in sorted(PAYLOADS.rglob("*.feature")):
        source = read_feature_file(path, path.name, SuiteFiles(PAYLOADS))
        for scenario in source.feature.scenarios.values():
            texts += [step.name for step in scenario.steps]
    unseen = [each.name for each in phrases if not any(map(each.is_matching, texts))]
    assert unseen == [REFUSALS]
