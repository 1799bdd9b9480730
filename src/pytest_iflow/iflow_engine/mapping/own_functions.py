"""Functions that a message mapping brings along, in Groovy: which can be run, and how their queues are made.

A function takes texts and returns a text, or it takes arrays of texts and writes one ``Output`` or several;
both may ask for a ``MappingContext``. One with arrays is called for each context (assumed).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pytest_iflow.iflow_engine.mapping.definition import STANDARD, Call, MessageMapping
from pytest_iflow.iflow_engine.mapping.queue_work import by_value
from pytest_iflow.iflow_engine.mapping.queues import (
    SUPPRESS,
    AnyQueue,
    Contexts,
    Endless,
    Queue,
    Suppress,
    Value,
    aligned,
)
from pytest_iflow.iflow_engine.scripting.preview import missing_classes
from pytest_iflow.iflow_model.bundle import Bundle

_TEXTS = frozenset(
    {"", "def", "String", "Object", "int", "Integer", "long", "Long", "float", "Float", "double", "Double"}
    | {"boolean", "Boolean"}
)
_ARRAY = "String[]"
_COMMENT = re.compile(r"/\*.*?\*/|(?<![:'\"])//[^\n]*", re.DOTALL)

Run = Callable[[Sequence[Sequence[Any]]], list[Any]]
"""Calls a function once for each list of arguments, and returns what each call made."""


def missing_of_own(call: Call, mapping: MessageMapping, holder: Bundle) -> Iterator[str]:
    """Yield what keeps a function of the mapping from being run, in words."""
    if call.library == STANDARD:
        return
    named = f"function {call.function} of {call.library}"
    content = holder.script(mapping.libraries.get(call.library, "-"))
    if content is None:
        yield f"{named}, whose script is not in the bundle"
        return
    source = content.decode("utf-8", "replace")
    types = parameter_types(source, call.function)
    given = [one for one in types or [] if one not in ("Output", "MappingContext")]
    arrays = _ARRAY in given
    fits = types is not None and len(given) == len(call.arguments)
    fits = fits and all(one == _ARRAY if arrays else one in _TEXTS for one in given)
    if not fits or types is None or ("Output" in types) is not arrays:
        yield f"{named}, whose parameters do not fit"
    yield from (f"{named}, whose script needs {one}" for one in missing_classes(source))


def outputs_of(call: Call, mapping: MessageMapping, holder: Bundle) -> int:
    """Return how many outputs a function has; 1 for one that is not there."""
    content = holder.script(mapping.libraries.get(call.library, "-")) if call.library != STANDARD else None
    types = parameter_types((content or b"").decode("utf-8", "replace"), call.function) or []
    return types.count("Output") or 1


def parameter_types(source: str, function: str) -> list[str] | None:
    """Return the types of a function's parameters; None where the script does not have it exactly once."""
    words = r"(?:(?:public|static|def|void|[A-Z]\w*)[ \t]+)+"
    declared = re.compile(rf"^[ \t]*{words}{re.escape(function)}[ \t]*\(([^()]*)\)\s*\{{", re.MULTILINE)
    found = declared.findall(_COMMENT.sub("", source))
    if len(found) != 1:
        return None
    parameters = [one.strip() for one in found[0].split(",") if one.strip()]
    return [_type_of(one) for one in parameters]


def _type_of(parameter: str) -> str:
    """Return the type of a parameter such as ``String[] texts`` or ``String texts[]``, without package."""
    words = parameter.replace("[", " [").replace("final ", "").split()
    array = "[]" if "[]" in words else ""
    names = [one for one in words if one != "[]"]
    return (names[0].rpartition(".")[2] if len(names) > 1 else "") + array


def own_queues(arguments: Sequence[AnyQueue], run: Run, outputs: int) -> list[AnyQueue]:
    """Return what a function makes of the queues of its arguments, in one request for all of its calls.

    There is a queue for each of the ``outputs`` that it writes; one that writes none returns a text.
    """
    return _of_arrays(arguments, run, outputs) if outputs else [_of_texts(arguments, run)]


def _of_texts(arguments: Sequence[AnyQueue], run: Run) -> AnyQueue:
    calls: list[list[str]] = []

    def noted(values: list[str]) -> str:
        calls.append(values)
        return str(len(calls) - 1)

    queue = by_value(arguments, noted)
    if isinstance(queue, Endless):
        return by_value(arguments, lambda values: _text(run([values])[0]))
    results = run(calls) if calls else []
    return Queue(
        [
            [one if isinstance(one, Suppress) else _text(results[int(one)]) for one in context]
            for context in queue.contexts
        ]
    )


def _of_arrays(arguments: Sequence[AnyQueue], run: Run, outputs: int) -> list[AnyQueue]:
    together = list(aligned(arguments))
    if not together and all(isinstance(one, Endless) for one in arguments):
        together = [list[list[Value] | Endless](one for one in arguments if isinstance(one, Endless))]
    calls = [[_array(one) for one in contexts] for contexts in together]
    made: list[Contexts] = [[] for _ in range(outputs)]
    for written in run(calls) if calls else []:
        for contexts, output in zip(made, written, strict=True):
            contexts += [[SUPPRESS if one is None else str(one) for one in context] for context in output]
    return [Queue(contexts) for contexts in made]


def _array(context: list[Value] | Endless) -> list[str | None]:
    values = [context.make()] if isinstance(context, Endless) else context
    return [None if isinstance(one, Suppress) else str(one) for one in values]


def _text(result: object) -> str:
    """Return the value that a function returned; an empty one for null (assumed)."""
    return "" if result is None else str(result)
