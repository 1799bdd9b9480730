"""Values in failures, masked before pytest shortens or breaks them: half a secret would not be recognised.

pytest has no hook for this, so private functions of it are replaced; the caller decides for how long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from _pytest._io import saferepr
from _pytest._io.pprint import PrettyPrinter

from pytest_iflow.secrets.registry import mask, masked_lines

_BROKEN = ("_pprint_str", "_pprint_bytes")
"""What breaks the lines of a long value, which then stand among those that it is compared with."""


@contextmanager
def masked_values() -> Iterator[None]:
    """Mask what pytest shows of local variables, arguments and compared values."""
    shorten = saferepr._ellipsize  # noqa: SLF001, see above
    shorten_text = saferepr.SafeRepr.repr_str
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(saferepr, "_ellipsize", lambda text, size: shorten(mask(text), size))
        patch.setattr(
            saferepr.SafeRepr, "repr_str", lambda self, text, level: shorten_text(self, mask(text), level)
        )
        for name in _BROKEN:
            _mask_printed(patch, name)
        yield


def _mask_printed(patch: pytest.MonkeyPatch, name: str) -> None:
    """Have ``PrettyPrinter`` leave a value that holds a secret on one line, masked."""
    plain: Callable[..., Iterator[str]] = getattr(PrettyPrinter, name)

    def printed(self: PrettyPrinter, value: object, *how: Any) -> Iterator[str]:
        text = repr(value)
        hidden = mask(text)
        return plain(self, value, *how) if hidden == text else iter([hidden])

    patch.setattr(PrettyPrinter, name, printed)
    dispatch = PrettyPrinter._dispatch  # noqa: SLF001, see above
    for kind in [kind for kind, function in dispatch.items() if function is plain]:
        patch.setitem(dispatch, kind, printed)


def masked_comparison(op: str, left: object, right: object, explanations: list[Any]) -> list[Any]:
    """Mask what pytest says of a comparison before it is cut.

    Of two texts it leaves out what they have in common: they are masked first and shown as they are.
    """
    if isinstance(left, str) and isinstance(right, str):
        shown = mask(left), mask(right)
        if shown != (left, right):
            return [[f"{shown[0]!r} {op} {shown[1]!r}"]]
    return [masked_lines(lines) for lines in explanations if lines]
