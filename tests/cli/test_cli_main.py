"""The command as a whole."""

from __future__ import annotations

from importlib.metadata import version

from typer.testing import CliRunner

from pytest_iflow.cli.main import app


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
