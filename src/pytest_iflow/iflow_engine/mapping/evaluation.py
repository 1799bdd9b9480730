"""A message mapping is run: the queue of each target field, of the source message and the functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lxml import etree

from pytest_iflow.iflow_engine.mapping.definition import STANDARD, Call, Expression, SourceField
from pytest_iflow.iflow_engine.mapping.functions import BY_QUEUE, Surroundings, plain
from pytest_iflow.iflow_engine.mapping.queue_work import without_suppressed
from pytest_iflow.iflow_engine.mapping.queues import AnyQueue, SourceMessage

OwnFunction = Callable[[Call, Sequence[AnyQueue]], AnyQueue]
"""Runs a function of the mapping's own scripts."""

_FILTERS = frozenset({"ifWithoutElse", "ifSWithoutElse"})


class Evaluation:
    """The queues of one run, each made once."""

    def __init__(self, root: etree._Element, surroundings: Surroundings, own_function: OwnFunction) -> None:
        self._source = SourceMessage(root)
        self._surroundings = surroundings
        self._own_function = own_function
        self._sources: dict[SourceField, AnyQueue] = {}
        self._calls: dict[int, AnyQueue] = {}

    def queue(self, expression: Expression) -> AnyQueue:
        """Return the queue of an expression as a target field takes it; raises StepError."""
        if isinstance(expression, SourceField):
            if expression not in self._sources:
                self._sources[expression] = self._source.queue(expression)
            return self._sources[expression]
        if id(expression) not in self._calls:
            self._calls[id(expression)] = self._called(expression)
        return self._calls[id(expression)]

    def _called(self, call: Call) -> AnyQueue:
        arguments = [self._argument(one) for one in call.arguments]
        if call.library != STANDARD:
            return self._own_function(call, arguments)
        if call.function in BY_QUEUE:
            return BY_QUEUE[call.function][1](arguments, call, self._surroundings)
        return plain(call)(arguments, call, self._surroundings)

    def _argument(self, expression: Expression) -> AnyQueue:
        """Return a queue as a function takes it: ``ifWithoutElse`` is a filter there (SAP's page of it)."""
        queue = self.queue(expression)
        filters = isinstance(expression, Call) and expression.function in _FILTERS
        if filters and isinstance(expression, Call) and expression.settings.get("keepss") != "true":
            return without_suppressed(queue)
        return queue
