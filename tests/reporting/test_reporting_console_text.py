"""What is printed can be printed."""

from __future__ import annotations

import io
import json
import sys

import pytest

from pytest_iflow.reporting.console_text import console_text, harmless, masked_json
from pytest_iflow.secrets.registry import register_secret
from tests.inner_project import InnerProject
from tests.reporting.offline_suite import arguments, environ

pytest_plugins = ["tests.inner_project", "tests.reporting.offline_suite"]

SECRET = "s3cret-of-the-console"


def test_controls_do_not_reach_the_terminal() -> None:
    """Line breaks and tabs do."""
    assert console_text("a\r\nb\tc\x1b[2J\x00\x9b") == "a\nb\tc\\x1b[2J\\x00\\x9b"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::x\n \t::stop-commands::y", ": :error::x\n \t: :stop-commands::y"),
        ("a ::error::, ::1, std::string, ::", "a ::error::, ::1, std::string, ::"),
        ("x ##vso[task.setvariable]", "x # #vso[task.setvariable]"),
        ("##VSO[a]##[group]##teamcity[b]", "# #VSO[a]# #[group]# #teamcity[b]"),
        ("###[a] ## b", "## #[a] ## b"),
        ("\x1b]0;t\x07\x1b[2J\x9b1m\x08\x7f", r"\x1b]0;t\x07\x1b[2J\x9b1m\x08\x7f"),
        ("a\rb\r\nc\x0b\x0c\x85", "a\\rb\nc\\x0b\\x0c\\x85"),
        ("\u202eab\u202c \u2066c\u2069\u2028", r"\u202eab\u202c \u2066c\u2069\u2028"),
        ("\ud83d Größe \U0001f600 שלום\u200f", "\\ud83d Größe \U0001f600 שלום\u200f"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
    ],
)
def test_nothing_acts(text: str, shown: str) -> None:
    """What acts is shown instead; once is enough."""
    assert harmless(text) == shown
    assert harmless(shown) == shown


def test_colours_may_stay() -> None:
    """And nothing else that begins like one."""
    text = "\x1b[31;1mred\x1b[0m\x1b[2J\x1b[3"
    assert harmless(text, colours=True) == "\x1b[31;1mred\x1b[0m\\x1b[2J\\x1b[3"


def test_json_holds_no_command() -> None:
    """Azure Pipelines reads one anywhere in a line; JSON means the same without."""
    text = masked_json({"a": "##vso[x]##", "b": "\x1b[1m\x7f\u202e\n::error::"})
    assert "##" not in text
    assert all(char.isprintable() or char == "\n" for char in text)
    assert json.loads(text) == {"a": "##vso[x]##", "b": "\x1b[1m\x7f\u202e\n::error::"}


def test_a_console_of_few_characters_shows_the_others_as_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows, where the output of a command goes into a file."""
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="cp1252"))
    assert console_text("Größe → 1") == r"Größe \u2192 1"


STEPS = """
from pytest_iflow.gherkin.vocabulary import step

@step("there is an → in {string}")
def arrow(value):
    '''An arrow → is looked for.'''
    print("printed → Ω")
    assert "→" in value, "none ✗"
"""

FEATURE = """
    Feature: Größe → Ω

      Scenario: finds →
        Given there is an → in "a → b"

      Scenario: misses →
        Given there is an → in "Ω"
"""


def test_a_run_in_a_console_of_few_characters_loses_no_line(offline: InnerProject) -> None:
    """Titles, steps, what was expected and printed: each stands there, as it does in reports."""
    offline.write("steps/arrows.py", STEPS)
    offline.write("features/a.feature", FEATURE)
    ascii_only = environ(PYTHONIOENCODING="ascii")
    for more in ((), ("-s", "-v")):
        run = offline.run(*arguments(*more), **ascii_only)
        assert run.code == 1
        for line in (
            "misses \\u2192",
            '>     Given there is an \\u2192 in "\\u03a9"',
            "AssertionError: none \\u2717",
            "printed \\u2192 \\u03a9",
        ):
            assert line in run.out, line
        assert "1 failed, 1 passed" in run.out
        assert "UnicodeEncodeError" not in run.text
    assert "finds →" in run.scenarios("acme/dev")
    phrases = offline.command("steps", "there is an", **ascii_only)
    assert (phrases.code, "there is an \\u2192 in {string}" in phrases.out) == (0, True), phrases.text
    named = offline.command("doctor", "--tenant=→", **ascii_only)
    assert (named.code, "\\u2192" in named.err, "Traceback" in named.err) == (2, True, False)


def test_json_is_ascii_and_masked_text_by_text() -> None:
    """Numbers stay numbers, whatever digits are registered."""
    register_secret(SECRET)
    register_secret("98765432101")
    text = masked_json({"a": [SECRET, "ü", None, 98765432101, ("x",)], SECRET: True})
    assert text.isascii()
    assert json.loads(text) == {"a": ["***", "ü", None, 98765432101, ["x"]], "***": True}
