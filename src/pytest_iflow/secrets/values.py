"""Values that are made of texts, masked: JSON, and lines that belong together."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

from pytest_iflow.secrets.registry import mask


def _unchanged(value: Any) -> Any:
    return value


def masked(value: Any, kept: Container[str] = (), of_other: Callable[[Any], Any] = _unchanged) -> Any:
    """Return ``value`` with every text in it masked.

    What stands under a key of ``kept`` stays as it is. ``of_other`` masks a value that JSON does not know.
    """
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list):
        lines = all(isinstance(one, str) for one in value)
        return masked_lines(value) if lines else [masked(one, kept, of_other) for one in value]
    if isinstance(value, tuple):
        return tuple(masked(one, kept, of_other) for one in value)
    if isinstance(value, dict):
        return {
            masked(key): held if key in kept else masked(held, kept, of_other) for key, held in value.items()
        }
    return of_other(value)


def masked_lines(lines: list[str]) -> list[str]:
    """Mask lines that belong together: a secret may go from one into the next."""
    text = "\n".join(lines)
    hidden = mask(text)
    return lines if hidden == text else hidden.split("\n")
