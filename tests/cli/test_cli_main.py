"""The command as a whole."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pytest_iflow.cli.main import COMMANDS, app


def test_version_is_the_one_of_the_distribution() -> None:
    """Name and number on one line."""
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.output) == (0, f"pytest-iflow {version('pytest-iflow')}\n")


def test_command_alone_shows_its_sub_commands() -> None:
    """Help instead of silence."""
    assert "serve" in CliRunner().invoke(app, []).output


def test_unknown_sub_command_is_a_usage_error() -> None:
    """Exit code 2."""
    assert CliRunner().invoke(app, ["nonsense"]).exit_code == 2


def test_help_imports_no_command() -> None:
    """So that it is there at once; each command is listed all the same."""
    script = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from pytest_iflow.cli.main import app\n"
        "print(CliRunner().invoke(app, ['--help']).output)\n"
        "print(sorted(name for name in sys.modules if name.startswith('pytest_iflow')))\n"
    )
    command = [sys.executable, "-c", script]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603, our own
    assert str(["pytest_iflow", "pytest_iflow.cli", "pytest_iflow.cli.main"]) in shown
    assert [name for name in COMMANDS if f"\n  {name} " not in shown] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_a_help_of_its_own(name: str) -> None:
    """It is the function with the name of its module."""
    result = CliRunner().invoke(app, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert f"pytest-iflow {name} [OPTIONS]" in result.output


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A folder with a tenant file."""
    (tmp_path / "tenants").mkdir()
    environment = '[environments.stage-{0}.clients.default]\nservice-key = "env:K"\n'
    text = "".join(map(environment.format, (1, 2)))
    (tmp_path / "tenants" / "trial.toml").write_text(text, encoding="utf-8")
    (tmp_path / "tenants" / "broken.toml").write_text("nothing = ", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("d", ["doctor"]),
        ("--ver", ["--version"]),
        ("doctor --tena", ["--tenant", "--tenants"]),
        ("doctor --tenant t", ["trial"]),
        ("doctor --tenant trial --environment s", ["stage-1", "stage-2"]),
        ("doctor --tenant broken --environment s", [""]),
        ("doctor --tenant missing --environment s", [""]),
        ("lint --off unused-c", ["unused-column"]),
    ],
)
def test_the_shell_completes_commands_options_and_names(
    suite: Path, monkeypatch: pytest.MonkeyPatch, typed: str, completed: list[str]
) -> None:
    """Names come from the tenant files of the folder; one that is broken or missing has none."""
    monkeypatch.chdir(suite)
    words = f"pytest-iflow {typed}"
    environ = {
        "_PYTEST_IFLOW_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    result = CliRunner().invoke(app, [], prog_name="pytest-iflow", env=environ)
    assert result.output.rstrip("\n").split("\n") == completed


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell", "pwsh"])
def test_each_shell_has_a_script(shell: str) -> None:
    """It asks the command itself."""
    environ = {"_PYTEST_IFLOW_COMPLETE": f"source_{shell}"}
    result = CliRunner().invoke(app, [], prog_name="pytest-iflow", env=environ)
    assert result.exit_code == 0
    assert "_PYTEST_IFLOW_COMPLETE" in result.output


def test_the_command_runs_as_a_module() -> None:
    """Where the launchers of a virtual environment are blocked."""
    command = [sys.executable, "-m", "pytest_iflow", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603, our own
    assert done.stdout == f"pytest-iflow {version('pytest-iflow')}\n"
