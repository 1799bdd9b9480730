"""Labels and links of a scenario, as marks set at collection: skipped scenarios keep them, too.

``--allure-features`` and its sisters select by the same marks.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from allure_commons.mapping import parse_tag
from allure_commons.model2 import Link
from allure_commons.types import LabelType, LinkType, Severity
from allure_pytest.utils import (
    ALLURE_DESCRIPTION_HTML_MARK,
    ALLURE_LABEL_MARK,
    ALLURE_LINK_MARK,
    ALLURE_UNIQUE_LABELS,
    format_allure_link,
    should_convert_mark_to_tag,
)
from msgspec import Struct

from pytest_iflow.gherkin.collector import CollectedScenario
from pytest_iflow.gherkin.tags import ALLURE_PREFIX, tag_parts
from pytest_iflow.lazy_pattern import lazy_pattern

_ISSUE = lazy_pattern(r"[A-Z][A-Z0-9]+-\d+")
_SEVERITIES = frozenset(severity.value for severity in Severity)


def allure_marks(collected: CollectedScenario, config: pytest.Config) -> Iterator[pytest.MarkDecorator]:
    """Yield feature and story (the rule), and what the tags mean: severity, issue link, plain tag.

    ``@ABC-12`` is an issue; ``--allure-link-pattern=issue:URL`` with ``{}`` makes it a link. Tags in the
    notation of Allure's adaptors for behave and Cucumber are what they say: ``@allure.label.owner:Ada``,
    ``@allure.epic=Orders``, ``@allure.id:7``, ``@allure.issue:ABC-1``, ``@allure.link.wiki:https://…``
    (allurereport.org, Behave reference; ``=`` and ``:`` mean the same).
    """
    yield _label(LabelType.FEATURE, collected.feature.feature.name)
    if collected.scenario.rule:
        yield _label(LabelType.STORY, collected.scenario.rule)
    for tag in collected.tags:
        if tag.startswith(ALLURE_PREFIX):
            yield _of_allure(tag, config)
        elif tag in _SEVERITIES:
            yield _label(LabelType.SEVERITY, tag)
        elif _ISSUE.fullmatch(tag):
            yield _link(LinkType.ISSUE, tag, tag, config)
        elif tag == "skip" or tag_parts(tag)[1]:  # a mark without argument is reported by allure-pytest
            yield _label(LabelType.TAG, tag)


def _of_allure(tag: str, config: pytest.Config) -> pytest.MarkDecorator:
    meant = parse_tag(tag)
    if isinstance(meant, Link):
        return _link(meant.type, meant.url, meant.name, config)
    return _label(meant.name, meant.value)


def _link(kind: str, address: str, name: str, config: pytest.Config) -> pytest.MarkDecorator:
    is_url = address.startswith(("https://", "http://"))
    url = address if is_url else format_allure_link(config, address, kind)
    mark: pytest.MarkDecorator = getattr(pytest.mark, ALLURE_LINK_MARK)(url, link_type=kind, name=name)
    return mark


def _label(kind: str, value: str) -> pytest.MarkDecorator:
    mark: pytest.MarkDecorator = getattr(pytest.mark, ALLURE_LABEL_MARK)(value, label_type=kind)
    return mark


class Marked(Struct, frozen=True):
    """What the marks of a scenario say; ``marks`` are those that it has itself, beside those of its file."""

    labels: list[tuple[str, str]]
    links: list[tuple[str, str, str]]
    description_html: str
    marks: list[pytest.Mark]


def marked_as(item: pytest.Item) -> Marked:
    """What the marks of a scenario say, as ``allure_pytest.utils`` has it."""
    labels: dict[tuple[str, str], None] = {}
    links, description, only = [], "", set()
    for mark in item.iter_markers():  # the closest first
        if mark.name == ALLURE_LABEL_MARK:
            kind = mark.kwargs["label_type"]
            values = mark.args
            if kind in ALLURE_UNIQUE_LABELS:
                values = () if kind in only else mark.args[:1]
                only.add(kind)
            labels |= dict.fromkeys((kind, value) for value in values)
        elif mark.name == ALLURE_LINK_MARK:
            links.append((mark.kwargs["link_type"], mark.args[0], mark.kwargs["name"]))
        elif mark.name == ALLURE_DESCRIPTION_HTML_MARK:
            description = description or mark.args[0]
        elif should_convert_mark_to_tag(mark):
            labels[LabelType.TAG, mark.name] = None
    return Marked([*labels], links, description, [*item.own_markers])
