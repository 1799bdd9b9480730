"""A message mapping is run: the queue of each target field, of the source message and the functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lxml import etree

from pytest_iflow.iflow_engine.failures import LimitError
from pytest_iflow.iflow_engine.mapping.definition import STANDARD, Call, Expression, OutputOf, SourceField
from pytest_iflow.iflow_engine.mapping.functions import BY_QUEUE, Surroundings, plain
from pytest_iflow.iflow_engine.mapping.queue_work import without_suppressed
from pytest_iflow.iflow_engine.mapping.queues import AnyQueue, Endless, Queue, SourceMessage, Value
from pytest_iflow.iflow_engine.message import LARGEST_BODY

OwnFunction = Callable[[Call, Sequence[AnyQueue]], list[AnyQueue]]
"""Runs a function of the mapping's own scripts; gives a queue for each of its outputs."""

_FILTERS = frozenset({"ifWithoutElse", "ifSWithoutElse"})


class Evaluation:
    """The queues of one run, each made once."""

    def __init__(
        self,
        root: etree._Element,
        surroundings: Surroundings,
        own_function: OwnFunction,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._check = check
        self._source = SourceMessage(root)
        self._surroundings = surroundings
        self._own_function = own_function
        self._sources: dict[SourceField, AnyQueue] = {}
        self._calls: dict[int, list[AnyQueue]] = {}

    def queue(self, expression: Expression) -> AnyQueue:
        """Return the queue of an expression as a target field takes it; raises StepError."""
        if isinstance(expression, SourceField):
            if expression not in self._sources:
                self._sources[expression] = self._source.queue(expression)
            return self._sources[expression]
        call, number = (
            (expression.call, expression.number) if isinstance(expression, OutputOf) else (expression, 0)
        )
        if id(call) not in self._calls:
            self._calls[id(call)] = [self._bounded(one) for one in self._called(call)]
        return self._calls[id(call)][number]

    def _bounded(self, queue: AnyQueue) -> AnyQueue:
        """Return a queue that takes no more than a body may; raises LimitError, in time too."""
        if isinstance(queue, Queue):
            self._require(sum(len(one) for one in queue.values() if isinstance(one, str)))
            return queue

        def make() -> Value:
            value = queue.make()
            self._require(len(value) if isinstance(value, str) else 0)
            return value

        return Endless(make)

    def _require(self, size: int) -> None:
        self._check()
        if size > LARGEST_BODY:
            raise LimitError(f"a queue of the mapping is larger than the local tenant takes ({LARGEST_BODY})")

    def _called(self, call: Call) -> list[AnyQueue]:
        arguments = [self._argument(one) for one in call.arguments]
        if call.library != STANDARD:
            return self._own_function(call, arguments)
        if call.function in BY_QUEUE:
            return [BY_QUEUE[call.function][1](arguments, call, self._surroundings)]
        return [plain(call)(arguments, call, self._surroundings)]

    def _argument(self, expression: Expression) -> AnyQueue:
        """Return a queue as a function takes it: ``ifWithoutElse`` is a filter there (SAP's page of it)."""
        queue = self.queue(expression)
        filters = isinstance(expression, Call) and expression.function in _FILTERS
        if filters and isinstance(expression, Call) and expression.settings.get("keepss") != "true":
            return without_suppressed(queue)
        return queue
