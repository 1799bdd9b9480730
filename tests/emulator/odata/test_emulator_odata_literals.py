"""Tokens."""

from __future__ import annotations

import pytest

from pytest_iflow.emulator.odata.literals import LiteralError, tokens


def test_text_falls_into_its_tokens() -> None:
    """Kinds, values, and an end."""
    found = tokens("a/b eq 'x''y' 1 -2.5M 7L true null datetime'1970-01-01T00:00:01' (,=)")
    assert [(token.kind, token.value) for token in found] == [
        ("word", None),
        ("word", None),
        ("string", "x'y"),
        ("number", 1),
        ("number", -2.5),
        ("number", 7),
        ("boolean", 1),
        ("null", None),
        ("datetime", 1000),
        *[("mark", None)] * 4,
        ("end", None),
    ]


@pytest.mark.parametrize("text", ["'open", "#", "1a", "9" * 30, "datetime'soon'"])
def test_what_is_no_token_is_refused(text: str) -> None:
    """With its place."""
    with pytest.raises(LiteralError, match="position"):
        tokens(text)
