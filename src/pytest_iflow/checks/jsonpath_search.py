"""JSONPaths (RFC 9535): compiled, and applied in bounded time and memory."""

from __future__ import annotations

import json
from functools import cache, lru_cache, reduce
from itertools import islice
from operator import getitem
from typing import TYPE_CHECKING, Any, cast

from msgspec import Struct

from pytest_iflow.bounded.path_cost import is_dear_jsonpath
from pytest_iflow.bounded.process import CallError
from pytest_iflow.checks import bounded_search
from pytest_iflow.checks.search_process import search_jsonpath
from pytest_iflow.checks.xpath_search import place_in
from pytest_iflow.errors import CheckError, ConfigurationError

if TYPE_CHECKING:
    from jsonpath import JSONPath, JSONPathEnvironment

MOST_MATCHES = 250_000
"""Values that a JSONPath may lead to: each takes some kilobytes."""


@cache
def _rfc_9535() -> JSONPathEnvironment:
    from jsonpath import JSONPathEnvironment

    return JSONPathEnvironment(strict=True)


@lru_cache(maxsize=2048)
def compiled_jsonpath(path: str) -> JSONPath:
    """Compile a JSONPath; raises ConfigurationError with the position of what is wrong."""
    from jsonpath import JSONPathError

    try:
        query = _rfc_9535().compile(path)
    except JSONPathError as error:
        # A token that ends the path has the index -1.
        index = error.token.index if error.token is not None else -1
        position = place_in(path, index) if index >= 0 else "at the end of the path"
        raise ConfigurationError(
            f"{path!r} is not a valid JSONPath: {error.args[0]}",
            where=position,
            remedy="Write it as RFC 9535 has it: $.name, $['a name'], $.list[0], $.list[*], $..name.",
        ) from None
    # Compound paths (| and &) are no part of RFC 9535: the strict environment refuses them.
    return cast("JSONPath", query)


class Match(Struct, frozen=True):
    """A value that a JSONPath leads to, and the names and indexes of its place."""

    obj: Any
    parts: tuple[str | int, ...]


def matches(query: JSONPath, value: Any) -> list[Match]:
    """Apply a compiled JSONPath to a JSON value: what matches, and where.

    Raises CheckError where there are more than ``MOST_MATCHES`` or it takes too long, RecursionError for a
    value that is nested deeper than the library follows.
    """
    from jsonpath import JSONPathError
    from jsonpath.exceptions import JSONPathRecursionError

    try:
        # The library takes a text for JSON to be parsed, so a message that is just a text is written as JSON.
        searched = json.dumps(value) if isinstance(value, str) else value
        if is_dear_jsonpath(value, str(query)):
            matching = _search(searched, value, str(query))
        else:
            found = islice(query.finditer(searched), MOST_MATCHES + 1)
            matching = [Match(each.obj, each.parts) for each in found]
    except JSONPathRecursionError as error:
        raise RecursionError(*error.args) from None
    except (JSONPathError, CallError) as error:
        raise ConfigurationError(f"The JSONPath {query} cannot be used here: {error.args[0]}") from None
    if len(matching) > MOST_MATCHES:
        raise CheckError(
            f"The JSONPath {query} leads to more than {MOST_MATCHES:,} values",
            remedy="Narrow it down; several of .. or * in one path meet the same values again and again.",
        )
    return matching


def _search(searched: Any, value: Any, path: str) -> list[Match]:
    """Search in bounded time; raises CheckError where that does not do."""
    places = bounded_search.search(
        *(search_jsonpath, searched, path, MOST_MATCHES + 1),
        words=f"The message cannot be searched by the JSONPath {path}",
    )
    return [Match(reduce(getitem, place, value), place) for place in places]
