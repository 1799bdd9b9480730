"""Labels and links of a scenario, as marks set at collection: skipped scenarios keep them, too.

``--allure-features`` and its sisters select by the same marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from allure_commons.types import LabelType, LinkType, Severity
from allure_pytest.utils import ALLURE_LABEL_MARK, ALLURE_LINK_MARK, format_allure_link

from pytest_iflow.gherkin.collector import CollectedScenario
from pytest_iflow.gherkin.tags import tag_parts

_ISSUE = re.compile(r"[A-Z][A-Z0-9]+-\d+")
_SEVERITIES = frozenset(severity.value for severity in Severity)


def allure_marks(collected: CollectedScenario, config: pytest.Config) -> Iterator[pytest.MarkDecorator]:
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
            url = format_allure_link(config, tag, LinkType.ISSUE)
            yield getattr(pytest.mark, ALLURE_LINK_MARK)(url, link_type=LinkType.ISSUE, name=tag)
        elif tag == "skip" or tag_parts(tag)[1]:  # a mark without argument is reported by allure-pytest
            yield _label(LabelType.TAG, tag)


def _label(kind: str, value: str) -> pytest.MarkDecorator:
    mark: pytest.MarkDecorator = getattr(pytest.mark, ALLURE_LABEL_MARK)(value, label_type=kind)
    return mark
