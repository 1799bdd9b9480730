"""Step definitions that no scenario uses, for projects that have many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

_HEADS = {
    "expressions": "from pytest_iflow.gherkin.vocabulary import given, then, when\n",
    "parse": "from pytest_bdd import given, parsers, then, when\n",
}
# Some begin as the steps of the scenario do, others do not.
_TEXTS = {
    "expressions": (
        "the response of service {number} holds {{string}} in its field {{int}}",
        "an order of kind {number} for customer {{string}} with {{int}} items",
        "I confirm delivery {number} of {{string}} with {{int}} parcels",
    ),
    "parse": (
        'the response of service {number} holds "{{text}}" in its field {{count:d}}',
        'an order of kind {number} for customer "{{text}}" with {{count:d}} items',
        'I confirm delivery {number} of "{{text}}" with {{count:d}} parcels',
    ),
}


@dataclass(frozen=True)
class Definitions:
    """A number of definitions in one notation, and the file of the project that they are added to."""

    file: str
    notation: Literal["expressions", "parse"]
    count: int

    def text(self) -> str:
        """Return them as Python."""
        return _HEADS[self.notation] + "".join(self._definition(number) for number in range(self.count))

    def _definition(self, number: int) -> str:
        texts = _TEXTS[self.notation]
        keyword = ("then", "given", "when")[number % len(texts)]
        text = texts[number % len(texts)].format(number=number)
        expression = f"{text!r}" if self.notation == "expressions" else f"parsers.parse({text!r})"
        function = f"def definition_{number}(text, count):\n    assert text and count\n"
        return f"\n\n@{keyword}({expression})\n{function}"
