"""The table of what the local tenant covers is true."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = Path("scripts", "emulator_coverage.py")
FACTS = Path("docs", "emulator-coverage.toml")
TABLE = Path("docs", "emulator-coverage.md")


def _check(root: Path, *options: str) -> tuple[int, list[str]]:
    done = subprocess.run(  # noqa: S603 - this very interpreter
        [sys.executable, str(root / SCRIPT), *options],
        capture_output=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1"},
    )
    assert done.stdout == ""
    return done.returncode, done.stderr.splitlines()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A project with nothing but the script and a table of one row."""
    for path in (SCRIPT, FACTS, TABLE):
        (tmp_path / path).parent.mkdir(exist_ok=True)
    shutil.copy(ROOT / SCRIPT, tmp_path / SCRIPT)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text("def test_fact(): ...\n", encoding="utf-8")
    return tmp_path


def _write(copy: Path, state: str, test: str) -> None:
    row = f'[[fact]]\nsection = "3.1"\nfact = "a fact"\nstate = "{state}"\ntest = "{test}"\n'
    (copy / FACTS).write_text(row, encoding="utf-8")


def test_every_row_of_the_project_names_a_test_that_exists() -> None:
    """And the document is the one that is made of the rows."""
    assert _check(ROOT, "--check") == (0, [])


def test_good_row_becomes_a_line_with_a_link(copy: Path) -> None:
    """The document says how many rows there are of each state."""
    _write(copy, "implemented", "tests/test_it.py::test_fact")
    assert _check(copy) == (0, [])
    text = (copy / TABLE).read_text(encoding="utf-8")
    assert "| 3.1 | a fact | implemented | [test_fact](../tests/test_it.py) |\n" in text
    assert "\n1 implemented, 0 assumed, 0 not.\n" in text


@pytest.mark.parametrize(
    ("state", "test", "problem"),
    [
        ("done", "", '3.1 a fact: the state "done" is none of implemented, assumed, not'),
        ("implemented", "", "3.1 a fact: implemented, but no test is named"),
        ("implemented", "tests/test_it.py::test_other", "no test tests/test_it.py::test_other"),
        ("assumed", "tests/test_gone.py::test_fact", "no test tests/test_gone.py::test_fact"),
        ("not", "tests/test_it.py", "no test tests/test_it.py"),
    ],
)
def test_row_that_is_not_true_is_found(copy: Path, state: str, test: str, problem: str) -> None:
    """Exit code 1 and the row in the message."""
    _write(copy, state, test)
    code, lines = _check(copy)
    assert code == 1
    assert lines[0].endswith(problem)


def test_document_that_is_not_up_to_date_is_found(copy: Path) -> None:
    """A row that was changed by hand in the document, or a document that was forgotten."""
    _write(copy, "not", "")
    (copy / TABLE).write_text("old", encoding="utf-8")
    code, lines = _check(copy, "--check")
    assert code == 1
    assert lines[0].startswith("docs/emulator-coverage.md is not up to date")
