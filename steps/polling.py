"""Phrases that repeat the last call until something is so: for flows that show what another one has done."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from msgspec import Struct
from pytest_bdd.steps import step_function_context_registry

from pytest_iflow.checks.schema import SchemaStore
from pytest_iflow.errors import CheckError, ConfigurationError
from pytest_iflow.gherkin.missing_steps import as_expression, closest_phrases
from pytest_iflow.gherkin.parameter_types import define as define_type
from pytest_iflow.gherkin.vocabulary import Phrase, when
from pytest_iflow.places import pause
from pytest_iflow.runtime.caller import IflowCaller

from . import expected, relations, responses
from .conversation import Conversation
from .values import Value

FIRST_PAUSE = 0.2
GROWTH = 1.5
LONGEST_PAUSE = 5.0
"""Seconds between two calls: the first, by what each grows, and the longest."""

_SAFE = frozenset({"GET", "HEAD"})
_JUDGES = frozenset({relations.__name__, responses.__name__, expected.__name__})
"""Modules whose phrases judge the last response by themselves."""
_FIXTURES = frozenset({"conversation", "schemas"})
"""What such a phrase may need beside what its text says."""


class Condition(Struct, frozen=True):
    """What is waited for, as the feature writes it.

    ``judge`` takes the fixtures that are named by ``needs``, and raises CheckError while it is not so.
    ``reads`` is the kind and the name of the file that it names, if it does.
    """

    written: str
    judge: Callable[..., object]
    needs: frozenset[str] = frozenset()
    reads: tuple[str, str] | None = None

    def failure(self, conversation: Conversation, schemas: SchemaStore) -> CheckError | None:
        """Return what is wrong by now, if something is."""
        fixtures = {"conversation": conversation, "schemas": schemas}
        try:
            self.judge(**{name: fixtures[name] for name in self.needs})
        except CheckError as error:
            return error
        return None


def _judges() -> Iterator[tuple[Callable[..., Any], Phrase]]:
    for context in step_function_context_registry.values():
        function, phrase = context.step_func, context.parser
        if function.__module__ in _JUDGES and isinstance(phrase, Phrase) and not phrase.remembers:
            yield function, phrase


def read_condition(text: str) -> Condition:
    """Read a check of the response that stands in one line; raises ConfigurationError for anything else."""
    for function, phrase in _judges():
        if phrase.is_matching(text):
            arguments: dict[str, Any] = phrase.parse_arguments(text) or {}
            values = [each for each in arguments.values() if isinstance(each, Value)]
            if any(each.asked_call is not None for each in values):
                raise ConfigurationError(
                    f"{text} is nothing that a call is repeated for: what a message log gets is waited for "
                    "by itself",
                    remedy="say it in a step of its own, behind Then",
                )
            needs = frozenset(inspect.signature(function).parameters.keys() - arguments.keys())
            if needs <= _FIXTURES:
                reads = (phrase.reads, arguments[phrase.reads]) if phrase.reads else None
                return Condition(text, partial(function, **arguments), needs, reads)
    phrases = (phrase for _, phrase in _judges() if phrase.below is None)
    spelled = frozenset(each for phrase in phrases for each in phrase.spellings(text))
    near = closest_phrases(as_expression(text), spelled)
    raise ConfigurationError(
        f"{text} is nothing that can be waited for",
        remedy="say a check of the response in one line, such as: "
        + (near[0] if near else 'the response value at "$.status" is "DONE"')
        + " (pytest-iflow steps response lists them)",
    )


define_type(
    "condition",
    ".+",
    read_condition,
    "a check of the response in one line, as it stands behind Then",
    'the response value at "$.status" is "DONE"',
)


define_type(
    "although",
    "(?:, although it may be processed again,)?",
    bool,
    '", although it may be processed again,", or nothing',
    "",
)


@when("I repeat the last call within {float} second(s){although} until {condition}", reads="condition")
def repeat_until(
    seconds: float,
    may_be_processed: bool,
    condition: Condition,
    conversation: Conversation,
    iflow_caller: IflowCaller,
    schemas: SchemaStore,
) -> None:
    """Send the last GET or HEAD request again until a check of its answer holds, so many seconds long.

    The pauses between the calls grow from 0.2 to 5 seconds. Other requests are repeated only where the step
    allows it, since the iFlow processes their message each time.
    """
    if not may_be_processed:
        _require_safe(conversation, seconds)
    began, longest, repeated = time.monotonic(), FIRST_PAUSE, 0
    while (error := condition.failure(conversation, schemas)) is not None:
        left = began + seconds - time.monotonic()
        if left <= 0:
            raise CheckError(
                f"{error.what}\n  repeated:   {_times(repeated)} within {seconds:g} s, until "
                f"{condition.written}",
                where=error.where,
                remedy=error.remedy,
            ) from None
        pause(min(longest, left))
        longest = min(longest * GROWTH, LONGEST_PAUSE)
        conversation.repeat(iflow_caller)
        repeated += 1
    spent = time.monotonic() - began
    conversation.run.note("repeated call", f"{_times(repeated)} in {spent:.1f} s, until {condition.written}")


def _require_safe(conversation: Conversation, seconds: float) -> None:
    method = conversation.exchange.request.method
    if method.upper() not in _SAFE and conversation.last_call.plan is not None:
        within = f"{seconds:g} second{'' if seconds == 1 else 's'}"
        raise CheckError(
            f"a {method} request is not repeated: the iFlow may process its message each time",
            remedy="repeat a GET that reads what became of it; or, where each message may be processed, say: "
            f"I repeat the last call within {within}, although it may be processed again, until …",
        )


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
