"""Exchanges: the ids of the message and the sign of a wrong host, read from the evidence."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from requests.structures import CaseInsensitiveDict

from pytest_iflow.run import Run
from pytest_iflow.transport.exchange import Exchange, Request, Response

MPL_ID = "AGMDlHCX0eur2oFSGr_ozC9Um7BV"
FAILED = f"An internal server error occured: x\nThe MPL ID for the failed message is : {MPL_ID}\n\n".encode()
LOGIN = b"<html>oauth/authorize?response_type=code</html>"


def exchange(status: int = 200, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Exchange:
    """Return an exchange with this answer."""
    return Exchange(
        Request("POST", "https://tenant.invalid/http/x", {}),
        Response(status, "", CaseInsensitiveDict(headers or {}), body),
        datetime.now(UTC),
        0.1,
    )


@pytest.mark.parametrize(
    ("status", "headers", "body", "expected"),
    [
        (200, {"SAP_MessageProcessingLogID": MPL_ID}, b"", MPL_ID),
        (200, {}, b"", None),
        (500, {}, FAILED, MPL_ID),
        (500, {"sap_messageprocessinglogid": "AF-of-header"}, FAILED, "AF-of-header"),
        (
            500,
            {},
            b"An internal server error occured: The MPL ID for the failed message is : AF_S\nFor",
            "AF_S",
        ),
        (500, {}, b"x" * 70_000 + FAILED, None),
        (500, {}, b"The MPL ID for the failed message is : \xff\xfe", "\ufffd\ufffd"),
        (500, {}, b"<faultstring>The MPL ID for the failed message is : AF_S-1</faultstring>", "AF_S-1"),
        (500, {}, b'{"value":"The MPL ID for the failed message is : AF_S-1"}', "AF_S-1"),
        (500, {}, b"", None),
        (200, {}, FAILED, None),
    ],
)
def test_the_message_processing_log_id(
    status: int, headers: Mapping[str, str], body: bytes, expected: str | None
) -> None:
    """From the header, else from the text of a 500 (wire-facts 4.3)."""
    assert exchange(status, headers, body).mpl_id == expected


def test_the_correlation_id() -> None:
    """From the header, if the runtime gives it."""
    assert exchange(headers={"sap_mplcorrelationid": "AG1"}).correlation_id == "AG1"
    assert exchange().correlation_id is None


@pytest.mark.parametrize(
    ("status", "content_type", "body", "expected"),
    [
        (200, "text/html", LOGIN, True),
        (200, "Text/HTML; charset=UTF-8", LOGIN, True),
        (200, "text/html", b"<html>an iFlow may answer with HTML</html>", False),
        (200, "application/json", LOGIN, False),
        (200, "application/xhtml+xml", LOGIN, True),
        (401, "text/html", LOGIN, False),
    ],
)
def test_a_login_page(status: int, content_type: str, body: bytes, expected: bool) -> None:
    """A page with status 200 that leads to the login (wire-facts 4.6)."""
    assert exchange(status, {"Content-Type": content_type}, body).is_login_page is expected


@pytest.mark.parametrize(
    ("status", "location", "expected"),
    [
        (302, "https://acme.authentication.eu10.hana.ondemand.com/oauth/authorize?response_type=code", True),
        (302, "https://elsewhere.example/orders/4711", False),
        (201, "https://acme.authentication.eu10.hana.ondemand.com/oauth/authorize", False),
    ],
)
def test_a_redirect_to_the_login(status: int, location: str, expected: bool) -> None:
    """Redirects are not followed, so that it is seen as it came."""
    assert exchange(status, {"Location": location}).is_login_page is expected


def test_an_exchange_cannot_be_changed() -> None:
    """Reports and checks see the same evidence."""
    evidence = exchange()
    with pytest.raises(dataclasses.FrozenInstanceError):
        evidence.client = "other"  # type: ignore[misc]  # this is what is tested


def test_an_exchange_travels_to_workers(local_run: Run) -> None:
    """A real exchange is the same after pickle, ids looked at before or not."""
    answer = local_run.tokens.ask("default").exchange
    assert answer.mpl_id is None
    travelled = pickle.loads(pickle.dumps(answer))  # noqa: S301, packed here
    assert travelled == answer
    assert travelled.response.headers["CONTENT-TYPE"] == answer.response.headers["content-type"]


def test_a_login_page_is_seen_in_a_real_answer(local_run: Run) -> None:
    """The API host answers calls of iFlows with its login page."""
    url = local_run.credentials.service_key("monitoring").url
    answer = local_run.connections.runtime("monitoring").send("POST", f"{url}/http/echo", headers={})
    assert answer.response.status == 200
    assert answer.is_login_page


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/api/v1/MessageProcessingLogs", True), ("/http/api/v1/orders", False), ("/oauth/token", False)],
)
def test_a_question_to_the_monitoring_api(path: str, expected: bool) -> None:
    """By its path; an iFlow may have a similar one."""
    asked = dataclasses.replace(exchange(), request=Request("GET", f"https://tenant.example{path}", {}))
    assert asked.is_monitoring is expected
