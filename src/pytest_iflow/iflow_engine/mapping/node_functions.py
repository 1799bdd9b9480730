"""Functions of message mappings that change the contexts of a queue: SAP's page "Node Functions"."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_iflow.iflow_engine.failures import StepError
from pytest_iflow.iflow_engine.mapping.definition import Call
from pytest_iflow.iflow_engine.mapping.queue_work import by_context, by_value, listed
from pytest_iflow.iflow_engine.mapping.queues import (
    SUPPRESS,
    AnyQueue,
    Contexts,
    Endless,
    Queue,
    Suppress,
    Value,
)
from pytest_iflow.iflow_engine.mapping.values import MAPPING_ERROR, is_true, said

Arguments = Sequence[AnyQueue]


def exists(arguments: Arguments, _call: Call) -> AnyQueue:
    """Return for each context whether it has a value; once for each is assumed."""
    if isinstance(arguments[0], Endless):
        return Endless(lambda: "true")
    return by_context(
        arguments[0], lambda context: [said(any(not isinstance(one, Suppress) for one in context))]
    )


def create_if(arguments: Arguments, _call: Call) -> AnyQueue:
    """Return an empty value where the condition holds, else a suppressed one."""
    return by_value(arguments, lambda values: "" if is_true(values[0]) else SUPPRESS)


def remove_contexts(arguments: Arguments, _call: Call) -> AnyQueue:
    """Return all values in one context."""
    return arguments[0] if isinstance(arguments[0], Endless) else Queue([arguments[0].values()])


def collapse_contexts(arguments: Arguments, _call: Call) -> AnyQueue:
    """Return the first value of each context in one context; an empty one for empty contexts."""
    firsts = [next(iter(context), "") for context in listed(arguments[0]).contexts]
    return Queue([["" if isinstance(one, Suppress) else one for one in firsts]])


def split_by_value(arguments: Arguments, call: Call) -> AnyQueue:
    """Return a context for each value, or for each change of the value (type 1)."""
    contexts: Contexts = []
    for context in listed(arguments[0]).contexts:
        if not context:
            contexts.append([])
        for place, value in enumerate(context):
            if place and call.settings.get("type") == "1" and value == context[place - 1]:
                contexts[-1].append(value)
            else:
                contexts.append([value])
    return Queue(contexts)


def map_with_default(arguments: Arguments, call: Call) -> AnyQueue:
    """Return the default in each context that is empty."""
    default = call.settings.get("default_value", "")
    if isinstance(arguments[0], Endless):
        return arguments[0]
    contexts = arguments[0].contexts or [[]]
    return Queue([context or [default] for context in contexts])


def replace_value(arguments: Arguments, call: Call) -> AnyQueue:
    """Return the value of the dialog for each value."""
    return by_value(arguments, lambda _values: call.settings.get("value", ""))


def use_one_as_many(arguments: Arguments, _call: Call) -> AnyQueue:
    """Return one value as often as a second queue has values, in the contexts of a third one."""
    ones, manys, example = arguments[0], listed(arguments[1]), listed(arguments[2])
    if isinstance(ones, Queue) and (
        len(ones.contexts) != len(manys.contexts) or any(len(one) > 1 for one in ones.contexts)
    ):
        raise StepError(
            f"useOneAsMany: the first queue has {len(ones.contexts)} contexts with "
            f"{len(ones.values())} values, the second one {len(manys.contexts)}; it takes one value for each",
            MAPPING_ERROR,
        )
    values: list[Value] = []
    for place, context in enumerate(manys.contexts):
        one = ones.make() if isinstance(ones, Endless) else next(iter(ones.contexts[place]), SUPPRESS)
        values += [one] * len(context)
    return _in_contexts_of(values, example, "useOneAsMany")


def format_by_example(arguments: Arguments, call: Call) -> AnyQueue:
    """Return the values in the contexts of another queue."""
    return _in_contexts_of(listed(arguments[0]).values(), listed(arguments[1]), call.function)


def _in_contexts_of(values: list[Value], example: Queue, function: str) -> Queue:
    wanted = len(example.values())
    if len(values) != wanted:
        raise StepError(
            f"{function}: there are {len(values)} values for the {wanted} of the queue with the contexts",
            MAPPING_ERROR,
        )
    left = iter(values)
    return Queue([[next(left) for _ in context] for context in example.contexts])


def sort(arguments: Arguments, call: Call) -> AnyQueue:
    """Return the values of each context in the order of their text."""
    descending = call.settings.get("order", "true") == "false"
    return by_context(arguments[0], lambda context: sorted(context, key=_text, reverse=descending))


def sort_by_key(arguments: Arguments, call: Call) -> AnyQueue:
    """Return the values of the second queue in the order of the keys in the first one."""
    keys, values = listed(arguments[0]).contexts, listed(arguments[1]).contexts
    if [len(one) for one in keys] != [len(one) for one in values]:
        raise StepError("sortByKey: there are not as many keys as values", MAPPING_ERROR)
    descending = call.settings.get("order", "true") == "false"
    contexts: Contexts = []
    for key, value in zip(keys, values, strict=True):
        order = sorted(range(len(key)), key=lambda place, key=key: _text(key[place]), reverse=descending)  # type: ignore[misc]
        contexts.append([value[place] for place in order])
    return Queue(contexts)


def _text(value: Value) -> str:
    return "" if isinstance(value, Suppress) else value
