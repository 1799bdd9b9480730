"""What is printed can be printed."""

from __future__ import annotations

import io
import json
import sys

import pytest

from pytest_iflow.reporting.console_text import console_text, masked_json
from pytest_iflow.tenants.secrets import register_secret

SECRET = "s3cret-of-the-console"


def test_controls_do_not_reach_the_terminal() -> None:
    """Line breaks and tabs do."""
    assert console_text("a\r\nb\tc\x1b[2J\x00\x9b") == r"a$b%c\x1b[2J\x00\x9b".replace("$", "\n").replace(
        "%", "\t"
    )


def test_a_console_of_few_characters_shows_the_others_as_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows, where the output of a command goes into a file."""
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="cp1252"))
    assert console_text("Größe → 1") == "Größe ? 1"


def test_json_is_ascii_and_masked_text_by_text() -> None:
    """Numbers stay numbers, whatever digits are registered."""
    register_secret(SECRET)
    register_secret("98765432101")
    text = masked_json({"a": [SECRET, "ü", None, 98765432101, ("x",)], SECRET: True})
    assert text.isascii()
    assert json.loads(text) == {"a": ["***", "ü", None, 98765432101, ["x"]], "***": True}
