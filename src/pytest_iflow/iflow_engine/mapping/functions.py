"""Standard functions of message mappings that work on whole queues: contexts, conditions, dates, tables.

SAP's pages "Standard Functions", "exists", "ifWithoutElse" and "Processing an Input Queue" describe them, and
note 1090369 the two kinds of ``if``. What those leave open is in docs/running-iflows.md, marked as assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Protocol

from pytest_iflow.iflow_engine.expressions.java_dates import java_date
from pytest_iflow.iflow_engine.mapping import node_functions
from pytest_iflow.iflow_engine.mapping.definition import Call
from pytest_iflow.iflow_engine.mapping.formats import read_date
from pytest_iflow.iflow_engine.mapping.queue_work import by_context, by_value, chosen, listed
from pytest_iflow.iflow_engine.mapping.queues import (
    NIL,
    SUPPRESS,
    AnyQueue,
    Contexts,
    Endless,
    Nil,
    Queue,
    Suppress,
)
from pytest_iflow.iflow_engine.mapping.values import BY_VALUE, number, said, written


class Surroundings(Protocol):
    """What functions may ask of the message and the tenant."""

    def now(self) -> datetime:
        """Return the time."""

    def header(self, name: str) -> str:
        """Return a header as text; an empty one where it is not there."""

    def property(self, name: str) -> str:
        """Return a property as text; an empty one where it is not there."""

    def mapped_value(self, source: tuple[str, str], value: str, target: tuple[str, str]) -> str | None:
        """Return what a value mapping has for a value, by agency and identifier."""


Arguments = Sequence[AnyQueue]
Function = Callable[[Arguments, Call, Surroundings], AnyQueue]


def plain(call: Call) -> Function:
    """Return a function that makes one value of one value of each argument."""
    _, of = BY_VALUE[call.function]
    return lambda arguments, call, _: by_value(arguments, lambda values: of(values, call.settings))


def _if(advance_all: bool) -> Function:
    return lambda arguments, _call, _: chosen(
        arguments[0], arguments[1], arguments[2], advance_all=advance_all
    )


def _if_without_else(advance_all: bool) -> Function:
    return lambda arguments, _call, _: chosen(
        arguments[1], arguments[0], Endless(lambda: SUPPRESS), advance_all=advance_all
    )


def _on_contexts(made: Callable[[Arguments, Call], AnyQueue]) -> Function:
    return lambda arguments, call, _: made(arguments, call)


def _is_nil(arguments: Arguments, _call: Call, _: Surroundings) -> AnyQueue:
    return by_value(arguments, lambda values: said(isinstance(values[0], Nil)))


def _copy_value(arguments: Arguments, call: Call, _: Surroundings) -> AnyQueue:
    place = int(number(call.settings.get("nnumber") or "0"))
    return by_context(arguments[0], lambda context: context[place : place + 1])


def _statistic(made: Callable[[list[Decimal]], Decimal]) -> Function:
    def run(arguments: Arguments, _call: Call, _: Surroundings) -> AnyQueue:
        return by_context(
            arguments[0],
            lambda context: [
                written(made([number(one) for one in context if not isinstance(one, Suppress)]))
            ],
        )

    return run


def _count(arguments: Arguments, _call: Call, _: Surroundings) -> AnyQueue:
    return by_context(
        arguments[0], lambda context: [str(sum(not isinstance(one, Suppress) for one in context))]
    )


def _index(arguments: Arguments, call: Call, _: Surroundings) -> AnyQueue:
    start, step = (int(number(call.settings.get(name) or "1")) for name in ("start", "inc"))
    contexts: Contexts = []
    passed = 0
    for context in listed(arguments[0]).contexts:
        contexts.append([str(start + step * (passed + place)) for place in range(len(context))])
        passed = passed + len(context) if call.settings.get("type") == "1" else 0
    return Queue(contexts)


def _counter(_arguments: Arguments, call: Call, _: Surroundings) -> AnyQueue:
    start, step = (int(number(call.settings.get(name) or "1")) for name in ("ini", "inc"))
    numbers = count(start, step)
    return Endless(lambda: str(next(numbers)))


def _constant(_arguments: Arguments, call: Call, _: Surroundings) -> AnyQueue:
    return Endless(lambda: call.settings.get("value", ""))


def _fixed_values(arguments: Arguments, call: Call, _: Surroundings) -> AnyQueue:
    return by_value(arguments, lambda values: _or_else(call.table.get(values[0]), values[0], call.settings))


def _value_mapping(arguments: Arguments, call: Call, surroundings: Surroundings) -> AnyQueue:
    source, target = ((call.settings[f"agency{one}"], call.settings[f"schema{one}"]) for one in (1, 2))
    return by_value(
        arguments,
        lambda values: _or_else(
            surroundings.mapped_value(source, values[0], target), values[0], call.settings
        ),
    )


def _or_else(found: str | None, value: str, settings: Mapping[str, str]) -> str:
    """Return a value of a table, else what the strategy says: 1 the value itself, 2 the default."""
    if found is not None:
        return found
    return value if settings.get("vmstrategy") == "1" else settings.get("vmdefault", "")


def _current_date(_arguments: Arguments, call: Call, surroundings: Surroundings) -> AnyQueue:
    return Endless(lambda: java_date(call.settings.get("oform", ""), surroundings.now()))


def _transform_date(arguments: Arguments, call: Call, _: Surroundings) -> AnyQueue:
    read, write = call.settings["iform"], call.settings["oform"]
    return by_value(arguments, lambda values: java_date(write, read_date(values[0], read)))


def _of_dates(made: Callable[[datetime, datetime], str]) -> Function:
    def run(arguments: Arguments, call: Call, _: Surroundings) -> AnyQueue:
        first, second = call.settings["iform"], call.settings["oform"]
        return by_value(
            arguments, lambda values: made(read_date(values[0], first), read_date(values[1], second))
        )

    return run


def _header(arguments: Arguments, _call: Call, surroundings: Surroundings) -> AnyQueue:
    return by_value(arguments, lambda values: surroundings.header(values[0]))


def _property(arguments: Arguments, _call: Call, surroundings: Surroundings) -> AnyQueue:
    return by_value(arguments, lambda values: surroundings.property(values[0]))


BY_QUEUE: dict[str, tuple[int, Function]] = {
    "iF": (3, _if(advance_all=True)),
    "iFS": (3, _if(advance_all=False)),
    "ifWithoutElse": (2, _if_without_else(advance_all=True)),
    "ifSWithoutElse": (2, _if_without_else(advance_all=False)),
    "isNil": (1, _is_nil),
    "exists": (1, _on_contexts(node_functions.exists)),
    "createIf": (1, _on_contexts(node_functions.create_if)),
    "removeContexts": (1, _on_contexts(node_functions.remove_contexts)),
    "collapseContexts": (1, _on_contexts(node_functions.collapse_contexts)),
    "SplitByValue": (1, _on_contexts(node_functions.split_by_value)),
    "mapWithDefault": (1, _on_contexts(node_functions.map_with_default)),
    "replaceValue": (1, _on_contexts(node_functions.replace_value)),
    "useOneAsMany": (3, _on_contexts(node_functions.use_one_as_many)),
    "formatByExample": (2, _on_contexts(node_functions.format_by_example)),
    "sort": (1, _on_contexts(node_functions.sort)),
    "sortByKey": (2, _on_contexts(node_functions.sort_by_key)),
    "CopyValue": (1, _copy_value),
    "sum": (1, _statistic(lambda values: sum(values, Decimal(0)))),
    "average": (1, _statistic(lambda values: sum(values, Decimal(0)) / (len(values) or 1))),
    "count": (1, _count),
    "index": (1, _index),
    "counter": (0, _counter),
    "const": (0, _constant),
    "xsiNil": (0, lambda _arguments, _call, _: Endless(lambda: NIL)),
    "FixValues": (1, _fixed_values),
    "valuemap": (1, _value_mapping),
    "currentDate": (0, _current_date),
    "TransformDate": (1, _transform_date),
    "DateBefore": (2, _of_dates(lambda one, other: said(one < other))),
    "DateAfter": (2, _of_dates(lambda one, other: said(one > other))),
    "CompareDates": (2, _of_dates(lambda one, other: str((one > other) - (one < other)))),
    "getHeader": (1, _header),
    "getProperty": (1, _property),
}
"""How many arguments a function has, and what it makes of their queues."""
