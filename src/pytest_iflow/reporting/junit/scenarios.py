"""What ``junit.xml`` says of a scenario beyond pytest's own words: its issues in Xray.

A tag ``@TEST_ABC-12`` names the Xray test that a scenario is, ``@REQ_ABC-7`` a requirement that it covers;
``@REQ-7`` is a requirement too, whose key it is. Xray takes them from the properties ``test_key``,
``requirements`` and ``tags`` of a test case, lists with commas (Xray documentation, JUnit XML, extended).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from _pytest.junitxml import LogXML, xml_key

from pytest_iflow.gherkin.collector import COLLECTED
from pytest_iflow.lazy_pattern import lazy_pattern
from pytest_iflow.reporting.junit.writer import JunitWriter

_KEY = r"[A-Z][A-Z0-9_]*-\d+"
_TEST = lazy_pattern(rf"TEST_({_KEY})")
_REQUIREMENT = lazy_pattern(rf"REQ_({_KEY})|(REQ-\d+)")


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
    """Gives each scenario its properties, and puts ``JunitWriter`` in the place of pytest's writer."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_plugin_registered(self, plugin: object, manager: pytest.PytestPluginManager) -> None:
        """Replace pytest's own writer, before it hears of any test."""
        if type(plugin) is LogXML:
            manager.unregister(plugin)
            writer = self._config.stash[xml_key] = JunitWriter(plugin)
            manager.register(writer)

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Note properties where pytest looks for them, also across processes."""
        collected = item.stash.get(COLLECTED, None)
        if collected is not None:
            item.user_properties += xray_properties(collected.tags)
