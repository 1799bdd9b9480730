"""Labels and links of a scenario, as marks set at collection: skipped scenarios keep them, too.

``--allure-features`` and its sisters select by the same marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from allure_commons.types import LabelType, LinkType, Severity
from allure_pytest.utils import ALLURE_LABEL_MARK, ALLURE_LINK_MARK

from pytest_iflow.gherkin.collector import CollectedScenario

_ISSUE = re.compile(r"[A-Z][A-Z0-9]+-\d+")
_SEVERITIES = frozenset(severity.value for severity in Severity)


def allure_marks(collected: CollectedScenario) -> Iterator[pytest.MarkDecorator]:
    """Yield feature and story (the rule), and what the tags mean: severity, issue link, plain tag.

    ``@ABC-12`` is an issue; ``--allure-link-pattern=issue:URL`` with ``{}`` makes it a link.
    """
    yield _label(LabelType.FEATURE, collected.feature.feature.name)
    if collected.scenario.rule:
        yield _label(LabelType.STORY, collected.scenario.rule)
    for tag in collected.tags:
        if tag in _SEVERITIES:
            yield _label(LabelType.SEVERITY, tag)
        elif _ISSUE.fullmatch(tag):
            yield getattr(pytest.mark, ALLURE_LINK_MARK)(tag, link_type=LinkType.ISSUE, name=tag)
        elif tag == "skip" or "(" in tag:  # plain tags are marks, which allure-pytest reports by itself
            yield _label(LabelType.TAG, tag)


def _label(kind: str, value: str) -> pytest.MarkDecorator:
    mark: pytest.MarkDecorator = getattr(pytest.mark, ALLURE_LABEL_MARK)(value, label_type=kind)
    return mark
