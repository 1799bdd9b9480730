"""The option filterCustomHeaderProperties."""

from __future__ import annotations

import pytest

from pytest_iflow.emulator.api.custom_header_filter import OPTION, custom_header_condition
from pytest_iflow.emulator.odata.error import ODataError
from pytest_iflow.emulator.odata.resource_path import segments
from pytest_iflow.emulator.odata.sql import TRUE

LOGS = segments("MessageProcessingLogs")


def test_name_and_value_are_parameters() -> None:
    """Quotes and all."""
    condition = custom_header_condition(LOGS, {OPTION: "'po''s' eq '12345'"})
    assert condition.parameters == ("po's", "12345")


def test_without_the_option_or_elsewhere_nothing_is_limited() -> None:
    """It is an option of message logs alone."""
    assert custom_header_condition(LOGS, {}) is TRUE
    assert custom_header_condition(segments("ServiceEndpoints"), {OPTION: "'a' eq 'b'"}) is TRUE


@pytest.mark.parametrize(
    "text", ["", "'a'", "'a' ne 'b'", "a eq 'b'", "'a' eq 'b", "'a' eq 'b' and 'c' eq 'd'"]
)
def test_anything_else_is_refused(text: str) -> None:
    """400."""
    with pytest.raises(ODataError) as refused:
        custom_header_condition(LOGS, {OPTION: text})
    assert refused.value.status == 400
