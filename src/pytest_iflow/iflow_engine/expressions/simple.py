"""Camel's Simple language: text with ``${…}`` in it.

By the page "Simple Language" of Apache Camel 3.14 and SAP's page "Using Camel Simple Expression Language",
which names the functions that an iFlow may use.
"""

from __future__ import annotations

from functools import lru_cache

from pytest_iflow.iflow_engine.expressions.ognl import as_text
from pytest_iflow.iflow_engine.expressions.simple_functions import SYNTAX_ERROR, Expression, Scope, function
from pytest_iflow.iflow_engine.failures import LimitError, StepError
from pytest_iflow.iflow_engine.message import LARGEST_BODY

_STARTS = ("${", "$simple{")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "}": "}"}


def evaluated(text: str, scope: Scope) -> object:
    """Return the value of an expression: of one ``${…}`` alone its object, else text."""
    return compiled(text)(scope)


def evaluated_text(text: str, scope: Scope) -> str:
    """Return an expression as text; what is null is left out, as in Camel."""
    return as_text(compiled(text)(scope)) if text else ""


@lru_cache(maxsize=4096)
def compiled(text: str) -> Expression:
    """Return the expression of a text, made once; raises StepError where it cannot be read."""
    parts: list[str | Expression] = []
    for piece, is_function in pieces(text):
        if not is_function:
            parts.append(_unescaped(piece))
        elif any(start in piece for start in _STARTS):
            parts.append(_nested(piece))
        else:
            parts.append(function(piece))
    if not parts:
        return lambda _scope: ""
    if len(parts) == 1:
        (only,) = parts
        return (lambda _scope: only) if isinstance(only, str) else only
    return lambda scope: _joined([one if isinstance(one, str) else as_text(one(scope)) for one in parts])


def _joined(texts: list[str]) -> str:
    """Return texts as one; raises LimitError where it would be too large."""
    if sum(map(len, texts)) > LARGEST_BODY:
        raise LimitError(f"a text of an expression is larger than the local tenant takes ({LARGEST_BODY})")
    return "".join(texts)


def _nested(text: str) -> Expression:
    """A function whose own text has functions in it: ``${property.X_${property.Y}}``."""
    inner = compiled(text)
    return lambda scope: function(as_text(inner(scope)))(scope)


def pieces(text: str) -> list[tuple[str, bool]]:
    """Split a text into literal text and functions, whose brackets are taken off.

    Raises StepError for a function without an end.
    """
    found: list[tuple[str, bool]] = []
    position = literal = 0
    while (start := text.find("$", position)) >= 0:
        opening = next((one for one in _STARTS if text.startswith(one, start)), None)
        if opening is None or (start and text[start - 1] == "\\"):
            position = start + 1
            continue
        end = _end(text, start + len(opening))
        if start > literal:
            found.append((text[literal:start], False))
        found.append((text[start + len(opening) : end], True))
        position = literal = end + 1
    if literal < len(text):
        found.append((text[literal:], False))
    return found


def _end(text: str, start: int) -> int:
    """Return where the bracket of a function closes."""
    depth = 1
    for place in range(start, len(text)):
        if text[place] == "{":
            depth += 1
        elif text[place] == "}":
            depth -= 1
            if not depth:
                return place
    raise StepError(f"${{ without }} in the expression {text[:200]!r}", SYNTAX_ERROR)


def _unescaped(text: str) -> str:
    r"""Replace ``\n``, ``\t``, ``\r`` and ``\}``, as Camel's tokenizer does."""
    if "\\" not in text:
        return text
    written = []
    position = 0
    while (place := text.find("\\", position)) >= 0:
        following = text[place + 1 : place + 2]
        written.append(text[position:place])
        if following in _ESCAPES:
            written.append(_ESCAPES[following])
        elif following == "$" and text.startswith("${", place + 1):
            written.append("$")
        else:
            written.append("\\" + following)
        position = place + 2
    return "".join(written) + text[position:]
