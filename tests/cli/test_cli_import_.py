"""``pytest-iflow import``: kinds, options and exit codes; what each kind makes is tested beside it."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from pytest_iflow.cli.main import app
from pytest_iflow.imports.kinds import KINDS

COLLECTION = Path(__file__).parents[1] / "imports" / "collections" / "products.postman_collection.json"


def run(*arguments: str) -> tuple[int, str]:
    """Run the command; return its exit code and what it printed."""
    result = CliRunner().invoke(app, ["import", *arguments])
    return result.exit_code, result.output


def test_help_names_each_kind_with_an_example() -> None:
    """One that is added is there."""
    _, text = run("--help")
    assert [kind for kind in KINDS if kind not in text] == []
    assert "Example: pytest-iflow import postman" in text


def test_an_unknown_kind_is_a_usage_error() -> None:
    """With the one that is most like it."""
    code, text = run("postmann", "x.json")
    assert code == 2
    assert 'Did you mean "postman"?' in text


def test_a_trial_writes_nothing(tmp_path: Path) -> None:
    """It says what would be written."""
    code, text = run("postman", str(COLLECTION), "--into", str(tmp_path / "suite"), "--trial")
    assert code == 0
    assert "would be written to" in text
    assert not (tmp_path / "suite").exists()


def test_what_was_left_is_told_and_is_no_error(tmp_path: Path) -> None:
    """Sentences for people, all of it as JSON; several that say the same are one line."""
    code, text = run("postman", str(COLLECTION), "--into", str(tmp_path / "suite"))
    assert code == 0
    assert "Left, since nothing here does the same:" in text
    assert "Postman: Products by hand: 13 taken, " in text
    data = json.loads(run("postman", str(COLLECTION), "--into", str(tmp_path / "suite"), "--json")[1])
    assert data["written"] == []
    assert {each["fate"] for each in data["remarks"]} == {"taken", "changed", "left"}


def test_names_are_checked_before_anything_is_read(tmp_path: Path) -> None:
    """Of tenants and of environments."""
    for option in ("--tenant", "--environment"):
        code, text = run("postman", "nothing.json", "--into", str(tmp_path / "suite"), option, "../x")
        assert code == 2
        assert "cannot be the name of" in text
