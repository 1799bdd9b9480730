"""How functions of message mappings go through queues: value by value, context by context, by a condition."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pytest_iflow.iflow_engine.mapping.queues import (
    SUPPRESS,
    AnyQueue,
    Contexts,
    Endless,
    Queue,
    Suppress,
    Value,
    aligned,
    taken,
)
from pytest_iflow.iflow_engine.mapping.values import is_true


def by_value(arguments: Sequence[AnyQueue], made: Callable[[list[str]], Value]) -> AnyQueue:
    """Return what is made of the values of several queues that belong together.

    A queue with fewer values gives its last one again (SAP's page). Where one has none in a context, there is
    no result; a suppressed value leads to a suppressed one (both assumed).
    """

    def of(values: list[Value]) -> Value:
        texts = [one for one in values if not isinstance(one, Suppress)]
        return made(texts) if len(texts) == len(values) else SUPPRESS

    if all(isinstance(one, Endless) for one in arguments):
        return Endless(lambda: of([one.make() for one in arguments if isinstance(one, Endless)]))
    contexts: Contexts = []
    for together in aligned(arguments):
        lengths = [len(one) for one in together if not isinstance(one, Endless)]
        size = max(lengths) if all(lengths) else 0
        contexts.append([of([taken(one, place) for one in together]) for place in range(size)])
    return Queue(contexts)


def by_context(argument: AnyQueue, made: Callable[[list[Value]], list[Value]]) -> AnyQueue:
    """Return what is made of each context; an endless queue is one value in one context."""
    return Queue([made(context) for context in listed(argument).contexts])


def listed(queue: AnyQueue) -> Queue:
    """Return a queue with an end; an endless one is one value in one context."""
    return queue if isinstance(queue, Queue) else Queue([[queue.make()]])


def chosen(then: AnyQueue, condition: AnyQueue, other: AnyQueue, *, advance_all: bool) -> AnyQueue:
    """Return for each condition the value of one of two queues.

    ``if`` goes on in both of them, ``ifS`` only in the one that is chosen (note 1090369). Where that one has
    nothing in the context, there is no result (assumed).
    """
    queues = [condition, then, other]
    if all(isinstance(one, Endless) for one in queues):
        ends = [one for one in queues if isinstance(one, Endless)]
        return Endless(lambda: _picked([one.make() for one in ends]))
    contexts: Contexts = []
    for tests, *branches in aligned(queues):
        made: list[Value] = []
        places = [0, 0]
        known = [len(one) for one in (tests, *branches) if not isinstance(one, Endless)]
        size = max(known) if advance_all or isinstance(tests, Endless) else len(tests)
        if not isinstance(tests, Endless) and not tests:
            size = 0
        for place in range(size):
            truth = taken(tests, place)
            if isinstance(truth, Suppress):
                made.append(SUPPRESS)
                continue
            branch = 0 if is_true(truth) else 1
            held = branches[branch]
            if isinstance(held, Endless) or held:
                made.append(taken(held, place if advance_all else places[branch]))
            places[branch] += 1
        contexts.append(made)
    return Queue(contexts)


def _picked(values: list[Value]) -> Value:
    condition, then, other = values
    if isinstance(condition, Suppress):
        return SUPPRESS
    return then if is_true(condition) else other


def without_suppressed(queue: AnyQueue) -> AnyQueue:
    """Return a queue without its suppressed values, as ``ifWithoutElse`` gives it to a function."""
    if isinstance(queue, Endless):
        value = queue.make()
        return Queue([[]]) if isinstance(value, Suppress) else queue
    return by_context(queue, lambda context: [one for one in context if not isinstance(one, Suppress)])
