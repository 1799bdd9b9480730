"""Searches that may take ever more time: each in a process of its own, which is ended when it takes long.

Neither libxml2 nor the libraries for JSONPath and for patterns of ECMA-262 can be told to stop. Most searches
are done at once; what they may cost is reckoned before.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from pytest_iflow.errors import CheckError
from pytest_iflow.places import place_given_away

SECONDS = 10.0
"""How long one search may take."""


class SearchError(Exception):
    """A search that failed: ``kind`` is the name of its exception, the text is that one's."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text or kind)
        self.kind = kind


def search(function: Callable[..., Any], *arguments: Any, words: str, seconds: float = SECONDS) -> Any:
    """Return what a function of ``checks.search_process`` gives, called in a process of its own.

    ``words`` say what is searched by what, such as ``The response cannot be searched by the XPath …``. Raises
    CheckError where it takes too long or too much memory, RecursionError as the function does,
    ``SearchError`` for every other exception.
    """
    order = pickle.dumps((function.__name__, arguments))
    with place_given_away():
        try:
            ended = subprocess.run(
                [sys.executable, "-P", "-m", "pytest_iflow.checks.search_process"],
                input=order,
                capture_output=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise CheckError(
                f"{words} within {seconds:g} s",
                remedy="Write it simpler: a condition within a condition, or // behind //, takes ever more "
                "time in a large message.",
            ) from None
    if not ended.stdout:
        raise CheckError(
            f"{words}: the process that searches has ended", remedy="There may be no memory left."
        )
    is_found, found = pickle.loads(ended.stdout)  # noqa: S301, from the process that was started here
    if is_found:
        return found
    kind, text = found
    if kind in {"RecursionError", "JSONPathRecursionError"}:
        raise RecursionError(text)
    raise SearchError(kind, text)
