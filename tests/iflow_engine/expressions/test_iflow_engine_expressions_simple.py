"""Simple: each function that SAP's page lists, OGNL, dates as Java writes them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pytest_iflow.iflow_engine.expressions.java_dates import java_date, shifted
from pytest_iflow.iflow_engine.expressions.simple import evaluated, evaluated_text
from pytest_iflow.iflow_engine.expressions.simple_functions import Scope
from pytest_iflow.iflow_engine.failures import NotSupportedError, StepError
from pytest_iflow.iflow_engine.message import CaughtException, Message

NOW = datetime(2026, 3, 4, 15, 6, 7, 89000, UTC)


def scope() -> Scope:
    """A message with something of everything."""
    message = Message(
        "<a>1</a>",
        {"Name": " Ann ", "list": "a,b,c", "dotted.name": "whole", "CamelFileName": "in/orders.2026.csv"},
        {
            "n": 5,
            "X_eu": "nested",
            "region": "eu",
            "map": {"k": "v"},
            "CamelExceptionCaught": CaughtException("it broke", "java.lang.IllegalStateException"),
        },
    )
    return Scope(message, exchange_id="ID-1", now=lambda: NOW)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("plain", "plain"),
        ("${body}|${in.body}|${bodyAs(String)}", "<a>1</a>|<a>1</a>|<a>1</a>"),
        ("${header.name}", " Ann "),
        ("${in.header.NAME.trim().length()}", "3"),
        ("${header[Name]}${headers.Name}", " Ann  Ann "),
        ("${header.dotted.name}", "whole"),
        ("${header.list.split(',')[1]}", "b"),
        ("${header.list.substring(2,3)}", "b"),
        ("${header.Name.trim().toUpperCase()}", "ANN"),
        ("${property.n}", "5"),
        ("${exchangeProperty.n}", "5"),
        ("${property.X_${property.region}}", "nested"),
        ("${property.map.k}${property.map[k]}", "vv"),
        ("${property.missing.trim().length()}", ""),
        ("[${header.missing}]", "[]"),
        ("${null}", ""),
        ("${exception.message}", "it broke"),
        ("${exception.getMessage()}", "it broke"),
        ("${exception}", "java.lang.IllegalStateException: it broke"),
        ("${exchangeId}", "ID-1"),
        ("${headerAs(list, String)}", "a,b,c"),
        ("${date:now:yyyy-MM-dd'T'HH:mm:ss.SSS'Z'}", "2026-03-04T15:06:07.089Z"),
        ("${date:now-2h:HH}", "13"),
        ("${date:now+1d:dd}", "05"),
        ("${date-with-timezone:now:Europe/Berlin:HH:mm}", "16:06"),
        ("${file:name} ${file:onlyname.noext} ${file:ext}", "in/orders.2026.csv orders.2026 csv"),
        (r"a\tb\nc", "a\tb\nc"),
        ("$simple{property.n} costs $3 {x}", "5 costs $3 {x}"),
        ('{"a": "${property.n}"}', '{"a": "5"}'),
    ],
)
def test_an_expression_is_text(text: str, wanted: str) -> None:
    """What is null is left out."""
    assert evaluated_text(text, scope()) == wanted


def test_one_function_alone_keeps_its_object() -> None:
    """As a property that takes it over does on a tenant."""
    assert evaluated("${property.n}", scope()) == 5
    assert evaluated("${header.missing}", scope()) is None


@pytest.mark.parametrize("text", ["${nonsense}", "${body", "${header.list[9]}", "${date:then:yyyy}"])
def test_what_cannot_be_read_is_an_error(text: str) -> None:
    """Of the step, as it is on a tenant."""
    with pytest.raises(StepError):
        evaluated_text(text, scope())


@pytest.mark.parametrize("text", ["${header.list.chars()}", "${sys.user.home}", "${bean:x}"])
def test_what_only_a_tenant_has_is_refused_by_name(text: str) -> None:
    """The engine does not guess, and reads nothing of this machine."""
    with pytest.raises(NotSupportedError, match="not supported by the local tenant"):
        evaluated_text(text, scope())


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("yyyyMMdd HHmmss", "20260304 150607"),
        ("yy-M-d h:m a", "26-3-4 3:6 PM"),
        ("EEE, d MMM yyyy", "Wed, 4 Mar 2026"),
        ("EEEE MMMM", "Wednesday March"),
        ("''yyyy''", "'2026'"),
        ("yyyy-MM-dd'T'00:00:00", "2026-03-04T00:00:00"),
        ("Z X XXX z", "+0000 Z Z UTC"),
        ("D w u", "63 10 3"),
    ],
)
def test_dates_are_written_as_java_does(pattern: str, wanted: str) -> None:
    """By the letters of SimpleDateFormat."""
    assert java_date(pattern, NOW) == wanted


def test_a_wrong_date_pattern_is_an_error() -> None:
    """Java raises IllegalArgumentException."""
    for pattern in ("yyyy-QQ", "yyyy'T"):
        with pytest.raises(StepError):
            java_date(pattern, NOW)


def test_offsets_add_up() -> None:
    """``now+2h30m`` is one offset."""
    assert shifted(NOW, "+2h30m").hour == 17
    assert shifted(NOW, "-1w").day == 25
