"""``pytest-iflow steps``: the vocabulary for those who write features."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pytest_iflow.cli.main import app


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of one's own."""
    monkeypatch.chdir(tmp_path)


def steps(*arguments: str) -> Result:
    """Return what the command says."""
    return CliRunner().invoke(app, ["steps", *arguments])


def test_every_phrase_stands_under_its_subject_with_its_meaning() -> None:
    """A tester finds what can be said."""
    lines = steps().output.splitlines()
    subject = lines.index("Phrases that judge the last response.")
    phrase = lines.index("  the response arrives within {float} second(s)")
    assert subject < phrase
    assert lines[phrase + 1].strip().startswith("Expect that the last call took no longer, ")
    assert lines[phrase + 2].strip() == "such as: the response arrives within 2.5 seconds"


def test_a_text_narrows_the_list_whatever_its_case() -> None:
    """The phrases about tokens, and no others."""
    phrases = steps("TOKEN").output.partition("What stands in braces")[0]
    lines = [line for line in phrases.splitlines() if line[:3].strip() and line[:2] == "  "]
    assert lines
    assert all("token" in line for line in lines)


def test_what_stands_in_braces_is_explained_and_searched() -> None:
    """A tester looks for a word of a step, which may be a choice of a phrase."""
    output = steps("greater than").output
    assert "  {value} is {not}{comparison} {n}\n" in output
    assert "\n  {comparison}  greater than, less than, at least, at most\n" in output
    assert "{duration}" not in output


def test_no_phrase_with_a_text_is_a_finding() -> None:
    """Exit code 1 and the text; a word that is like one of a phrase is a question."""
    assert steps("gloden").output == 'No phrase contains "gloden". Did you mean "golden"?\n'
    result = steps("unicorn")
    assert (result.exit_code, result.output) == (1, 'No phrase contains "unicorn".\n')


def test_several_words_narrow_the_list_further() -> None:
    """Each of them is in the phrase, in any order."""
    output = steps("file", "request").output
    assert "the iFlow {string} with the file {string}{filled}" in output
    assert "the form field {string} is {string}" not in output


def test_an_output_that_lacks_characters_shows_others(tmp_path: Path) -> None:
    """A console of Windows, or a pipe in ASCII."""
    command = [sys.executable, "-m", "pytest_iflow.cli.main", "steps"]
    environ = os.environ | {"PYTHONIOENCODING": "ascii"}
    run = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, check=False)  # noqa: S603, ours
    assert (run.returncode, run.stderr) == (0, b"")
    assert b"  an access token" in run.stdout


def test_json_has_phrase_meaning_and_subject() -> None:
    """For editors and scripts."""
    phrases = {entry["phrase"]: entry for entry in json.loads(steps("--json").output)}
    assert phrases["an access token"] == {
        "phrase": "an access token",
        "example": "an access token",
        "meaning": 'Use the access token of client "default"; the run asks for it once.',
        "module": "pytest_iflow.steps.tokens",
        "about": "Phrases about access tokens.",
    }


def test_phrases_of_the_project_are_listed_too(tmp_path: Path) -> None:
    """The steps folder beside the features."""
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "warehouse_phrases.py").write_text(
        '"""Phrases about the warehouse."""\n'
        "from pytest_iflow.gherkin.vocabulary import given\n"
        '@given("the warehouse {string} is open")\n'
        "def _(name):\n"
        '    """Open it."""\n',
        encoding="utf-8",
    )
    output = steps("warehouse").output
    assert "Phrases about the warehouse." in output
    assert "  the warehouse {string} is open\n      Open it." in output


def test_steps_of_the_project_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    """With the line, as pytest names them; exit code 2, for a file has to be corrected."""
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "half_written.py").write_text("def half(:\n", encoding="utf-8")
    result = steps()
    assert result.exit_code == 2
    assert "Steps of the project cannot be read: SyntaxError" in result.output
    assert "half_written.py:1" in result.output
    assert "Traceback" not in result.output
