"""The first hour with the documents: their features run on the tenant local as printed, commands work."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from pytest_bdd.steps import step_function_context_registry

from pytest_iflow.cli.main import app
from pytest_iflow.gherkin.vocabulary import Phrase
from pytest_iflow.plugin.step_modules import step_modules
from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project"]

ROOT = Path(__file__).parents[2]
PAGES = ("installation", "side-by-side", "message-logs", "reports", "load", "acceptance", "local-tenant")
README = "\n".join(
    path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", *(ROOT / "docs" / f"{name}.md" for name in PAGES))
)
"""The README, and the pages that go on where it ends."""
BLOCKS = re.findall(r"^ *```(\w*)\n(.*?)^ *```\n", README, re.DOTALL | re.MULTILINE)
PAGE = (ROOT / "docs" / "features.md").read_text(encoding="utf-8")
ODATA = re.findall(r"^## OData.*?```gherkin\n(.*?)```\n", PAGE, re.DOTALL | re.MULTILINE)
FEATURES = [text for kind, text in BLOCKS if kind == "gherkin"]
FEATURES += [f"Scenario: of the page about features\n{text}" for text in ODATA]
COMMANDS = [
    line.strip().partition("  #")[0].strip()
    for kind, text in BLOCKS
    if not kind
    for line in text.replace("\\\n", " ").splitlines()
]
STEP = re.compile(r"(?:the |I |an? |remembered |every |some |no )")
PROSE = re.sub(r"```.*?```", "", README, flags=re.DOTALL)
STEPS = [
    text
    for text in re.findall(r"`([^`\n]+)`", PROSE)
    if STEP.match(text) and "\u2026" not in text and '"' in text
]
INLINE = [text for text in re.findall(r"`([^`\n]+)`", PROSE) if text.startswith(("pytest-iflow ", "make "))]
FIRST_HOUR = [each for each in INLINE if each.endswith("--tenant=trial") and "doctor" not in each]
RUNS = [
    command
    for command in COMMANDS
    if command.startswith("pytest ") and not {"-d", "anyname"} & set(re.split(r"[ =]", command))
]


@pytest.fixture(scope="module")
def project(new_project: Callable[[], InnerProject]) -> InnerProject:
    """The suite of the repository, and each feature of the README in a file of its own."""
    project = new_project()
    for folder in ("features", "payloads", "schemas", "tenants"):
        shutil.copytree(ROOT / folder, project.root / folder)
    for number, text in enumerate(FEATURES):
        feature = text if "Feature:" in text else f"Feature: as printed\n{text}"
        project.write(f"printed/readme{number}.feature", feature)
    return project


@pytest.fixture(scope="module")
def run(project: InnerProject) -> InnerRun:
    """The features of the README, run on the tenant local."""
    return project.run("printed", "--tenant=local", "-q")


def test_every_feature_of_the_readme_passes_as_printed(run: InnerRun) -> None:
    """There are several, and none of their scenarios is left out."""
    assert len(FEATURES) > 1
    assert ODATA
    assert run.code == pytest.ExitCode.OK, run.text
    assert set(run.statuses().values()) == {"passed"}
    assert len(run.statuses()) == sum(text.count("Scenario: ") for text in FEATURES) + 2  # rows of an outline


@pytest.mark.parametrize("step", STEPS)
def test_every_step_in_the_text_is_one(tmp_path: Path, step: str) -> None:
    """As it stands between backticks."""
    modules = {module.__name__ for module in step_modules(tmp_path)}
    phrases = [
        context.parser
        for context in step_function_context_registry.values()
        if context.step_func.__module__ in modules and isinstance(context.parser, Phrase)
    ]
    assert any(phrase.is_matching(step) for phrase in phrases), step


def test_every_run_of_the_readme_is_taken(project: InnerProject) -> None:
    """By pytest with the plugin, here for the tenant local; what a run selects is there."""
    arguments = [
        [each for each in shlex.split(command)[1:] if not each.startswith(("--tenant", "--environment"))]
        for command in RUNS
    ]
    assert len(arguments) > 8
    for command, collected in zip(RUNS, project.collect(*arguments), strict=True):
        assert collected.code in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}, (
            command,
            collected.text,
        )


@pytest.mark.parametrize(
    "command", [each for each in (*COMMANDS, *INLINE) if re.match(r"pytest-iflow \w", each)]
)
def test_every_command_of_the_readme_has_its_options(command: str) -> None:
    """Sub-command and options are those that the command line knows."""
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    name, *arguments = shlex.split(command)[1:]
    found = group.get_command(typer.Context(group), name)
    assert found is not None, name
    known = {option for parameter in found.params for option in parameter.opts}
    assert {each.partition("=")[0] for each in arguments if each.startswith("--")} <= known


@pytest.mark.parametrize("command", [each for each in INLINE if each.startswith("make run ")])
def test_make_hands_arguments_to_pytest(command: str) -> None:
    """As printed, and the tenant is local unless another one is named."""
    if (make := shutil.which("make")) is None:
        pytest.skip("no make on this machine")
    options = dict(each.partition("=")[::2] for each in shlex.split(command)[2:])
    shown = subprocess.run(  # noqa: S603, prints what it would do
        [make, "-n", *shlex.split(command)[1:]], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    ).stdout
    run = f".venv/bin/pytest --tenant={options.get('TENANT', 'local')} {options['ARGS']}"
    assert run in shown.splitlines()


@pytest.mark.parametrize("command", FIRST_HOUR)
def test_commands_of_the_first_hour_work(project: InnerProject, command: str) -> None:
    """As printed, on the tenant local in place of one's own."""
    assert len(FIRST_HOUR) > 2
    project.write("request.json", '{"productIdentifier": "HT-1080"}')
    done = project.command(*shlex.split(command.replace("trial", "local"))[1:])
    assert done.code == 0, done.text
    assert done.out


def test_a_new_suite_passes_as_it_stands(project: InnerProject) -> None:
    """By the command that makes it, and without any tenant on the command line."""
    (command,) = (each for each in COMMANDS if each.startswith("pytest-iflow init "))
    name = shlex.split(command)[-1]
    assert project.command(*shlex.split(command)[1:]).code == 0
    run = project.run("-c", f"{name}/pytest.ini", name, "-q")
    assert run.code == pytest.ExitCode.OK, run.text
    assert f"summary:        {name}" in run.out
