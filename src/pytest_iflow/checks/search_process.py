"""Searches that another process does for this one: it imports what they need, and nothing else."""

from __future__ import annotations

from itertools import islice
from typing import Any


def search_jsonpath(value: Any, path: str, most: int) -> list[tuple[int | str, ...]]:
    """Return the places in a value that a JSONPath leads to, at most so many."""
    from jsonpath import JSONPathEnvironment

    found = JSONPathEnvironment(strict=True).compile(path).finditer(value)
    return [match.parts for match in islice(found, most)]


def search_pattern(pattern: str, text: str) -> bool:
    """Tell whether a regular expression of ECMA-262 is found in a text."""
    from pytest_iflow.checks.ecma_pattern import find

    return find(pattern, text)
