"""How the runtime answers."""

from __future__ import annotations

from http import HTTPStatus

from pytest_iflow.emulator.flows.message import FlowFailureError, Reply
from pytest_iflow.emulator.message_logs.message_log import MessageIds
from pytest_iflow.emulator.runtime.answers import error_page, failure, failure_text, logged_text, success


def test_page_for_401_is_the_recorded_one() -> None:
    """437 bytes, an en dash twice (wire-facts 4.4)."""
    page = error_page(HTTPStatus.UNAUTHORIZED, "an-id", ("www-authenticate", "Basic"))
    assert page.headers[:4] == (
        ("www-authenticate", "Basic"),
        ("content-type", "text/html;charset=utf-8"),
        ("content-length", "437"),
        ("content-language", "en"),
    )
    assert ("x-vcap-request-id", "an-id") in page.headers


def test_other_statuses_share_the_template() -> None:
    """Status and phrase stand in title and heading."""
    body = error_page(HTTPStatus.NOT_FOUND, "an-id").body
    assert isinstance(body, bytes)
    assert body.decode().count("HTTP Status 404 \N{EN DASH} Not Found") == 2


FAILURE = FlowFailureError("it broke", "com.example.BrokenException")


def test_success_carries_the_ids_of_the_message() -> None:
    """Each id in its header; the request's id in two."""
    answer = success(Reply(b"x", "text/plain", status=202), MessageIds("m", "c", "p"), "r")
    headers = dict(answer.headers)
    assert (answer.status, answer.body) == (202, b"x")
    assert headers["sap_messageprocessinglogid"] == "m"
    assert headers["sap_mplcorrelationid"] == "c"
    assert headers["sap_pregeneratedmplid"] == "p"
    assert headers["x-correlationid"] == headers["x-vcap-request-id"] == "r"


def test_text_of_a_failure_is_the_recorded_one() -> None:
    """Two newlines at the end, a space before the colon, "occured" (wire-facts 4.3)."""
    assert failure_text(FAILURE, "AG1") == (
        "An internal server error occured: it broke\nThe MPL ID for the failed message is : AG1\n\n"
    )


def test_log_knows_the_class_of_the_exception() -> None:
    """As in the report behind wire-facts 1.3; a cause that names its class is logged as it is."""
    assert logged_text(FAILURE, "AG1") == (
        "com.example.BrokenException: An internal server error occured: it broke\n"
        "The MPL ID for the failed message is : AG1"
    )
    assert logged_text(FlowFailureError("a.B: c"), "AG1") == "a.B: c"


def test_failure_is_written_in_its_own_charset() -> None:
    """ISO-8859-1 has an e with an accent but no Greek."""
    assert b"\xe9 ?\n" in bytes(failure(FlowFailureError("é λ"), "AG1", "r").body)  # type: ignore[arg-type] # a failure's body is no iterable of chunks


def test_failure_without_a_cause_has_the_other_text() -> None:
    """Two lines, no cause, no newline at the end (wire-facts 4.3); the log has the same."""
    text = (
        "An internal server error occured: The MPL ID for the failed message is : AG1\n"
        "For more details please check tail log."
    )
    assert failure_text(FlowFailureError(None), "AG1") == text
    assert logged_text(FlowFailureError(None), "AG1") == text


def test_exception_is_returned_if_the_flow_wants_that() -> None:
    """With its class ahead."""
    assert failure(FAILURE, "AG1", "r", full=True).body == logged_text(FAILURE, "AG1").encode()


def test_no_content_is_a_204_without_a_type() -> None:
    """As of the newer runtime (wire-facts 4.1)."""
    answer = success(Reply(b"", "text/plain"), None, "r")
    assert (answer.status, answer.body) == (204, b"")
    assert "content-type" not in dict(answer.headers)


def test_headers_of_the_message_come_last() -> None:
    """Those of its receiver too, even one that looks like the runtime's own (wire-facts 4.2)."""
    answer = success(Reply(b"x", "text/plain", headers=(("x-csrf-token", "dummyToken123"),)), None, "r")
    assert answer.headers[-1] == ("x-csrf-token", "dummyToken123")


def test_headers_that_camel_filters_do_not_reach_the_caller() -> None:
    """A flow cannot change how its answer may be kept, nor when it was made."""
    own = (("Cache-Control", "max-age=60"), ("Date", "today"), ("Via", "1.1 x"), ("X-Own", "1"))
    names = [name for name, _ in success(Reply(b"x", "text/plain", headers=own), None, "r").headers]
    assert names[-1] == "X-Own"
    assert [name.lower() for name in names].count("cache-control") == 1
    assert not {"Date", "Via"} & set(names)


def test_not_modified_has_no_body() -> None:
    """The body that the flow left in the message is dropped."""
    assert success(Reply(b"x", "text/plain", status=304), None, "r").body == b""
