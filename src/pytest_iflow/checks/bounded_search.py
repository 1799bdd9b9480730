"""Searches that may take ever more time: each in a process of its own, which is ended when it takes long.

Most searches are done at once; what they may cost is reckoned before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_iflow.bounded.process import CallError, EndedError, OtherProcess, TimeOverError
from pytest_iflow.errors import CheckError
from pytest_iflow.places import place_given_away

SECONDS = 10.0
"""How long one search may take."""


def search(function: Callable[..., Any], *arguments: Any, words: str, seconds: float = SECONDS) -> Any:
    """Return what a function gives, called in a process of its own.

    ``words`` say what is searched by what, such as ``The response cannot be searched by the XPath …``. Raises
    CheckError where it takes too long or too much memory, RecursionError as the function does,
    ``CallError`` for every other exception.
    """
    with place_given_away(), OtherProcess() as process:
        try:
            return process.call(function, *arguments, seconds=seconds)
        except TimeOverError:
            raise CheckError(
                f"{words} within {seconds:g} s",
                remedy="Write it simpler: a condition within a condition, or // behind //, takes ever more "
                "time in a large message.",
            ) from None
        except EndedError:
            raise CheckError(
                f"{words}: the process that searches has ended", remedy="There may be no memory left."
            ) from None
        except CallError as error:
            if error.kind in {"RecursionError", "JSONPathRecursionError"}:
                raise RecursionError(str(error)) from None
            raise
