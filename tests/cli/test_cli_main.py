"""The command as a whole."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

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
