"""Values in failures, masked before pytest shortens them: half a secret would not be recognised.

pytest has no hook for this, so two private functions of it are replaced; the caller decides for how long.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from _pytest._io import saferepr

from pytest_iflow.reporting.masking.reports import masked_lines
from pytest_iflow.tenants.secrets import mask


@contextmanager
def masked_values() -> Iterator[None]:
    """Mask what pytest shows of local variables, arguments and compared values."""
    module: Any = saferepr
    shorten, shorten_text = module._ellipsize, module.SafeRepr.repr_str  # noqa: SLF001, see above
    module._ellipsize = lambda text, size: shorten(mask(text), size)  # noqa: SLF001, the same
    module.SafeRepr.repr_str = lambda self, text, level: shorten_text(self, mask(text), level)
    try:
        yield
    finally:
        module._ellipsize = shorten  # noqa: SLF001, the same
        module.SafeRepr.repr_str = shorten_text


def masked_comparison(op: str, left: object, right: object, explanations: list[Any]) -> list[Any]:
    """Mask what pytest says of a comparison before it is cut.

    Of two texts it leaves out what they have in common: they are masked first and shown as they are.
    """
    if isinstance(left, str) and isinstance(right, str):
        shown = mask(left), mask(right)
        if shown != (left, right):
            return [[f"{shown[0]!r} {op} {shown[1]!r}"]]
    return [masked_lines(lines) for lines in explanations if lines]
