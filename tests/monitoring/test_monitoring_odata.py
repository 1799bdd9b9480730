"""OData: values in questions and entities, and every answer of the tenant's API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

import pytest
from requests.structures import CaseInsensitiveDict

from pytest_iflow.errors import CallError, MonitoringError
from pytest_iflow.monitoring.odata import (
    check_status,
    instant,
    literal,
    no_answer,
    not_odata,
    read_date,
    read_json,
)
from pytest_iflow.secrets.registry import register_secret
from pytest_iflow.transport.exchange import Exchange, Request, Response


def test_a_quote_within_a_text_is_doubled() -> None:
    """Else it would end the literal, and what follows would be a filter of somebody else's."""
    assert literal("O'Neill' or 'a' eq 'a") == "'O''Neill'' or ''a'' eq ''a'"


def test_a_moment_is_told_in_utc_without_zone() -> None:
    """Which is how the tenant reads it (wire-facts 5.1)."""
    moment = datetime(2014, 9, 1, 1, 30, 0, 123456, timezone(timedelta(hours=2)))
    assert instant(moment) == "datetime'2014-08-31T23:30:00.123'"


def test_milliseconds_since_1970_are_a_moment_in_utc() -> None:
    """As in the recorded message log (wire-facts 5.2)."""
    assert read_date("/Date(1522069440003)/") == datetime(2018, 3, 26, 13, 4, 0, 3000, UTC)


def test_an_offset_does_not_move_the_moment() -> None:
    """It only says where somebody's clock hung."""
    assert read_date("/Date(1522069440003+0120)/") == read_date("/Date(1522069440003)/")


def test_a_moment_before_1970_has_a_minus() -> None:
    """Unlikely in a log, but a date."""
    assert read_date("/Date(-1000)/") == datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", [None, "", "2018-03-26T13:04:00", 1522069440003, "/Date()/", f"/Date({10**17})/"]
)
def test_whatever_else_is_no_date(value: object) -> None:
    """Null is what a log has that still runs."""
    assert read_date(value) is None


URL = "https://tenant.invalid/api/v1/MessageProcessingLogs"
JSON_ERROR = b'{"error":{"code":"Not Found","message":{"lang":"en","value":"What the tenant says"}}}'
XML_ERROR = (
    b'<?xml version="1.0" encoding="utf-8"?>'
    b'<error xmlns="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">'
    b'<code>400</code><message xml:lang="en">What the tenant says</message></error>'
)
PAGE = b"<!doctype html><html><head><title>x</title></head><body>Service unavailable</body></html>"
LOGIN = b"<html><script>location='https://x.invalid/oauth/authorize?response_type=code'</script></html>"


def answered(
    status: int, body: bytes = b"", headers: Mapping[str, str] | None = None, reason: str = "Reason"
) -> Exchange:
    """Return an exchange with this answer."""
    response = Response(status, reason, CaseInsensitiveDict(headers or {}), body)
    request = Request("GET", f"{URL}?$filter=x", {})
    return Exchange(request, response, datetime.now(UTC), 0.1, "monitoring")


def raised(exchange: Exchange) -> MonitoringError:
    """Return the error that an answer is."""
    with pytest.raises(MonitoringError) as caught:
        check_status(exchange)
    return caught.value


@pytest.mark.parametrize("status", [200, 202, 204])
def test_a_success_is_none_of_them(status: int) -> None:
    """Whatever it holds."""
    check_status(answered(status, PAGE))


@pytest.mark.parametrize("body", [JSON_ERROR, XML_ERROR])
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "refused"),
        (401, "refused"),
        (403, "forbidden"),
        (404, "not-found"),
        (406, "refused"),
        (429, "rate-limited"),
        (500, "refused"),
        (501, "refused"),
        (502, "unavailable"),
        (503, "unavailable"),
        (504, "unavailable"),
    ],
)
def test_both_forms_of_errors_are_read(status: int, kind: str, body: bytes) -> None:
    """A 500 with the tenant's own words is an error of the request (wire-facts 5.1)."""
    error = raised(answered(status, body))
    assert (error.kind, error.status, error.retry_after) == (kind, status, None)
    assert str(error).startswith(f"the monitoring API answered {status} Reason: What the tenant says\n")
    assert f"client monitoring, GET {URL}\n" in str(error)
    assert error.remedy


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (302, b"", "not-odata"),
        (400, PAGE, "refused"),
        (403, b'{"error":{"code":"403","message":{"lang":"en","value":null}}}', "forbidden"),
        (403, PAGE, "forbidden"),
        (404, b"", "not-found"),
        (404, PAGE, "not-odata"),
        (404, b"404 Not Found: Requested route ('x') does not exist.", "not-odata"),
        (429, PAGE, "rate-limited"),
        (429, b"", "rate-limited"),
        (500, b"", "unavailable"),
        (500, PAGE, "unavailable"),
        (503, b"", "unavailable"),
        (503, PAGE, "unavailable"),
        (500, b'{"error":"text alone"}', "unavailable"),
        (500, b"<notes/>", "unavailable"),
        (500, b"[" * 100_000, "unavailable"),
    ],
)
def test_answers_without_words_are_told_by_their_status(status: int, body: bytes, kind: str) -> None:
    """Pages of gateways and wrong hosts, and a 403 that says null (wire-facts 5.1)."""
    error = raised(answered(status, body))
    assert (error.kind, error.status) == (kind, status)
    assert str(status) in error.what
    assert "None" not in error.what


@pytest.mark.parametrize(
    ("value", "seconds"), [("7", 7.0), ("0", 0.0), ("", None), ("Fri, 31 Dec 2027 23:59:59 GMT", 30.0)]
)
def test_the_time_to_come_again_is_told(value: str, seconds: float | None) -> None:
    """In seconds; a date is measured by the clock of the tenant."""
    headers = {"Retry-After": value, "Date": "Fri, 31 Dec 2027 23:59:29 GMT"}
    assert raised(answered(503, b"", headers)).retry_after == seconds


def test_an_error_of_plain_text_in_the_message_is_read() -> None:
    """OData leaves the language out at times."""
    assert "plain words" in str(raised(answered(400, b'{"error":{"message":"plain words"}}')))


def test_long_words_are_cut_and_secrets_masked() -> None:
    """An error is a line in a terminal, which others read."""
    register_secret("the-secret-of-the-tenant")
    text = b"the-secret-of-the-tenant" + b"x" * 10_000
    error = raised(answered(400, JSON_ERROR.replace(b"What the tenant says", text)))
    assert "the-secret" not in str(error)
    assert len(error.what) < 1000


def test_entities_in_an_xml_error_are_not_resolved() -> None:
    """A file of this machine is nobody's business."""
    body = (
        b'<!DOCTYPE error [<!ENTITY x SYSTEM "file:///etc/hostname">]><error><message>&x;</message></error>'
    )
    assert raised(answered(400, body)).what == "the monitoring API answered 400 Reason"


def test_json_is_what_stands_under_d() -> None:
    """An entity, or a page of them."""
    assert read_json(answered(200, b'{"d":{"results":[]}}')) == {"results": []}


@pytest.mark.parametrize("body", [b"", PAGE, XML_ERROR, b"[]", b"{}", b'{"d":[]}', b'{"d":{}', b"\xff"])
def test_anything_but_odata_is_an_error_although_the_status_is_good(body: bytes) -> None:
    """A proxy may answer for the tenant."""
    with pytest.raises(MonitoringError, match="no OData but text/odd, with status 200") as caught:
        read_json(answered(200, body, {"Content-Type": "text/odd"}))
    assert (caught.value.kind, caught.value.status) == ("not-odata", 200)


def test_a_login_page_is_called_by_its_name() -> None:
    """The sign of a wrong host (wire-facts 4.6)."""
    error = not_odata(answered(200, LOGIN, {"Content-Type": "text/html"}))
    assert "gave a login page, with status 200" in str(error)
    assert "without -rt" in str(error)


def test_an_answer_that_names_no_content_type_says_so() -> None:
    """It names what it does not have."""
    assert "no OData but no content type" in str(not_odata(answered(200)))


def test_no_answer_says_why_and_what_to_do() -> None:
    """As the connection knows it."""
    error = no_answer(CallError("x did not answer", where="GET x", remedy="raise timeouts.read"))
    assert (error.kind, error.status, error.where) == ("no-answer", None, "GET x")
    assert error.what == "the monitoring API gave no answer: x did not answer"
    assert error.remedy == "raise timeouts.read"
