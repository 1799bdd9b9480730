"""What ``junit.xml`` says of a scenario beyond pytest's own words: its place, and its issues in Xray.

A tag ``@TEST_ABC-12`` names the Xray test that a scenario is, ``@REQ_ABC-7`` a requirement that it covers;
``@REQ-7`` is a requirement too, whose key it is. Xray takes them from the properties ``test_key``,
``requirements`` and ``tags`` of a test case, lists with commas (Xray documentation, JUnit XML, extended).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pytest

from pytest_iflow.gherkin.collector import COLLECTED
from pytest_iflow.reporting.junit.document import FILE, LINE

_KEY = r"[A-Z][A-Z0-9_]*-\d+"
_TEST = re.compile(rf"TEST_({_KEY})")
_REQUIREMENT = re.compile(rf"REQ_({_KEY})|(REQ-\d+)")


def xray_properties(tags: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield names and values of the properties that Xray reads; none for tags that name no issue."""
    tests = [found[1] for tag in tags if (found := _TEST.fullmatch(tag))]
    requirements = [found[1] or found[2] for tag in tags if (found := _REQUIREMENT.fullmatch(tag))]
    others = [tag for tag in tags if not _TEST.fullmatch(tag) and not _REQUIREMENT.fullmatch(tag)]
    if tests:
        yield "test_key", tests[0]
    if requirements:
        yield "requirements", ",".join(requirements)
    if others and (tests or requirements):
        yield "tags", ",".join(others)


class JunitScenarios:
    """Gives each scenario its properties, of which ``place_scenarios`` makes places in the document."""

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Note properties where pytest looks for them, also across processes."""
        collected = item.stash.get(COLLECTED, None)
        if collected is None:
            return
        place = item.nodeid.partition("::")[0]
        item.user_properties += [(FILE, place), (LINE, str(collected.line))]
        item.user_properties += xray_properties(collected.tags)
