"""Business data of the running scenario, masked as the tenant file says.

What a JSONPath or XPath selects in a body is masked there, of any length. Values of six characters and more
are masked wherever else the scenario shows them, in steps, messages and logs, until the next one begins.
They are no secrets: the gate does not look for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pytest_iflow.checks.parse_limit import ParseLimit
from pytest_iflow.secrets.bounded_pattern import bounded_pattern
from pytest_iflow.secrets.registry import REGISTRY
from pytest_iflow.tenants.masking_rules import MaskingRules
from pytest_iflow.tenants.model import DEFAULT_PARSED
from pytest_iflow.transport.charset import in_utf_8
from pytest_iflow.transport.exchange import Exchange, Request, Response


class BusinessData:
    """The rules of one run; the registry has the values that they have found in the running scenario."""

    def __init__(self) -> None:
        self.rules = MaskingRules()
        self.limit = ParseLimit()

    @contextmanager
    def masked(self, rules: MaskingRules, parsed: int = DEFAULT_PARSED) -> Iterator[None]:
        """Mask what ``rules`` say while the context lasts, in bodies of at most ``parsed`` bytes.

        Larger ones are not shown. The largest limit counts where several environments have one.
        """
        before, limit = self.rules, self.limit
        self.rules, self.limit = rules, ParseLimit(max(limit.size, parsed))
        REGISTRY.set_patterns(map(bounded_pattern, rules.patterns))
        try:
            yield
        finally:
            self.rules, self.limit = before, limit
            REGISTRY.set_patterns(map(bounded_pattern, before.patterns))
            self.forget()

    def observe(self, exchange: Exchange) -> None:
        """Take what the rules select in a request or its answer; before anybody shows the exchange."""
        found: list[str] = []
        for message in (exchange.request, exchange.response):
            if self._has_paths:
                from pytest_iflow.reporting.masking.bodies import masked_body

                found += masked_body(_in_utf_8(message), self.rules, self.limit).values
            found += [value for name, value in message.headers.items() if self.hides_header(name)]
        if found:
            REGISTRY.set_values((*REGISTRY.values, *found))

    def body(self, message: Request | Response) -> bytes:
        """Return the body of a message as reports may show it, in UTF-8 where its charset is known."""
        body = _in_utf_8(message)
        if not self._has_paths:
            return body
        from pytest_iflow.reporting.masking.bodies import masked_body

        return masked_body(body, self.rules, self.limit).body

    @property
    def _has_paths(self) -> bool:
        return bool(self.rules.json or self.rules.xml)

    @property
    def hidden_headers(self) -> frozenset[str]:
        """Names of headers, in lower case, whose values reports must not show."""
        return frozenset(self.rules.headers)

    def hides_header(self, name: str) -> bool:
        """Whether reports must not show the value of a header of this name."""
        return name.lower() in self.rules.headers

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """Begin with no values."""
        self.forget()

    def forget(self) -> None:
        """Forget the values: those of the last scenario may be ordinary words in the next."""
        if REGISTRY.values:
            REGISTRY.set_values(())


def _in_utf_8(message: Request | Response) -> bytes:
    return in_utf_8(message.body, message.headers.get("Content-Type"))


BUSINESS_DATA = BusinessData()
"""The one of this process, as there is one registry."""
