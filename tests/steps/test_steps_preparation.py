"""Phrases that prepare a call, in a real run: forms, files by their names, bodies that are compressed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project"]

FLOW = '''
    """/seen tells what arrived."""
    import json

    from pytest_iflow.emulator.flows.message import Reply


    def seen(message, surroundings):
        text = message.body.decode("latin-1")
        told = {"text": text, "query": message.query_string, "type": message.header("content-type")}
        told["encoding"] = message.header("content-encoding")
        return Reply(json.dumps(told).encode(), "application/json")
    '''

FEATURE = """
    Feature: Preparation

      Scenario: a form
        Given the form field "user name" is "Jürgen & Söhne"
        And the form field "a" is "1"
        And the form field "a" is "2"
        When I send a POST request to the iFlow "/seen"
        Then the response value at "$.text" is "user+name=J%C3%BCrgen+%26+S%C3%B6hne&a=1&a=2"
        And the response value at "$.type" is "application/x-www-form-urlencoded"

      Scenario: a form goes with one call
        Given the form field "a" is "1"
        When I call the iFlow "/seen" with the token of client "second"
        Then the response value at "$.text" is "a=1"
        When I send a GET request to the iFlow "/seen"
        Then the response value at "$.text" is ""

      Scenario: files and fields in parts
        Given the form field "note" is "two files"
        And I send the file "doc.pdf" as the form field "doc"
        And I send the file "orders/list.csv" as the form field "list"
        When I send a PUT request to the iFlow "/seen"
        Then the response value at "$.type" starts with "multipart/form-data; boundary="
        And the response value at "$.text" contains 'name="note"'
        And the response value at "$.text" contains 'name="doc"; filename="doc.pdf"'
        And the response value at "$.text" contains "Content-Type: application/pdf"
        And the response value at "$.text" contains 'name="list"; filename="list.csv"'
        And the response value at "$.text" contains "Content-Type: text/csv;charset=UTF-8"
        And the response value at "$.text" matches "(?s).*two files.*%PDF-1.4.*a;b.*"

      Scenario: a boundary of its own
        Given the request header "Content-Type" is "multipart/form-data; boundary=mine"
        And the form field "a" is "1"
        When I send a POST request to the iFlow "/seen"
        Then the response value at "$.type" is "multipart/form-data; boundary=mine"
        And the response value at "$.text" starts with "--mine"

      Scenario Outline: the type of a file
        When I send a POST request to the iFlow "/seen" with the file "<file>"
        Then the response value at "$.type" is "<type>"

        Examples:
          | file            | type                   |
          | orders/list.csv | text/csv;charset=UTF-8 |
          | latin.csv       | text/csv               |
          | a.edi           | application/EDIFACT    |
          | doc.pdf         | application/pdf        |

      Scenario: the type that the feature names
        Given the request header "content-type" is "text/x-mine"
        When I send a POST request to the iFlow "/seen" with the file "doc.pdf"
        Then the response value at "$.type" is "text/x-mine"

      Scenario: an empty file
        When I send a POST request to the iFlow "/seen" with the file "empty.json"
        Then the response value at "$.text" is ""
        And the response value at "$.type" is ""

      Scenario: a form and a file without their type
        Given the request header "Content-Type" is not sent
        And the form field "a" is "1"
        When I send a POST request to the iFlow "/seen"
        Then the response value at "$.text" is "a=1"
        And the response value at "$.type" is ""
        When I send a POST request to the iFlow "/seen" with the file "doc.pdf"
        Then the response value at "$.type" is ""

      Scenario: a body that is sent gzipped
        Given the request body is sent gzipped
        And the form field "a" is "1"
        When I send a POST request to the iFlow "/seen"
        Then the response value at "$.text" is "a=1"
        When I send a POST request to the iFlow "/seen" with the file "orders/list.csv"
        Then the response value at "$.text" contains "a;b"

      Scenario: blanks stay
        When I send a POST request to the iFlow "/seen" with the body:
          '''
            two blanks before,  two behind␣␣

          a line of nothing above
          '''
        Then the response value at "$.text" matches "  two blanks before,  two behind  \\n\\na line .* above"

      Scenario: a variable at the end of a path is one part of it
        Given I remember the text "a?b&ü" as "id"
        And the request path ends with "/${id}?id=${id}"
        When I send a GET request to the iFlow "/echo"
        Then the response value at "$.path" is "a?b&ü"
        And the response value at "$.query.id" is "a?b&ü"

      Scenario: a form beside a body
        Given the form field "a" is "1"
        When I send a POST request to the iFlow "/seen" with the body:
          '''
          text
          '''

      Scenario: a form by GET
        Given the form field "a" is "1"
        When I send a GET request to the iFlow "/seen"

      Scenario: a form of a wrong type
        Given the request header "Content-Type" is "application/json"
        And the form field "a" is "1"
        When I send a POST request to the iFlow "/seen"

      Scenario: a file outside of the suite
        Given I send the file "../../outside-of-preparation.pdf" as the form field "doc"
        When I send a POST request to the iFlow "/seen"

      Scenario: a file that is not there
        Given I send the file "missing.pdf" as the form field "doc"
        When I send a POST request to the iFlow "/seen"
"""
REFUSED = {
    "a form beside a body": "the call has a body and fields of a form, and can carry only one of both",
    "a form by GET": "a GET request carries no form",
    "a form of a wrong type": "a form cannot be sent as application/json",
    "a file outside of the suite": "lies outside of the suite, and a feature reads nothing there",
    "a file that is not there": 'the file "missing.pdf" is not there',
}


@pytest.fixture(scope="module")
def run(new_project: Callable[[], InnerProject]) -> InnerRun:
    """One run of the feature, side by side."""
    project = new_project()
    project.write("features/preparation.feature", FEATURE.replace("'''", '"""').replace("␣", " "))
    project.write("tenants/local-flows/seen.py", FLOW)
    project.write(
        "tenants/local-flows/seen.toml",
        'artifact = "seen"\naddress = "/seen"\nfunction = "seen:seen"\nallowed-headers = "*"\n',
    )
    for name, body in {
        "../../outside-of-preparation.pdf": b"%PDF",
        "doc.pdf": b"%PDF-1.4\xff",
        "orders/list.csv": b"a;b\n",
        "latin.csv": b"gr\xf6\xdfe",
        "a.edi": b"UNB+UNOC:3+A+B'",
        "empty.json": b"",
    }.items():
        path = project.root / "payloads" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return project.run("--tenant=local", "--parallel=4")


def test_what_is_prepared_arrives(run: InnerRun) -> None:
    """All that may be sent."""
    found = {title: each["message"] for title, each in run.scenarios().items() if title not in REFUSED}
    assert found == dict.fromkeys(found, "")
    assert len(found) == 14


def test_what_cannot_be_sent_says_why_and_is_not_sent(run: InnerRun) -> None:
    """And what to do."""
    scenarios = run.scenarios()
    for title, words in REFUSED.items():
        assert words in scenarios[title]["message"]
        assert "what to do: " in scenarios[title]["message"]
        assert scenarios[title]["status"] == "broken"
        assert scenarios[title]["calls"] == []


def test_files_that_cannot_be_sent_are_found_at_collection(run: InnerRun) -> None:
    """Before anything is sent."""
    assert "2 scenarios cannot run, and nothing is sent for them:\n  features/preparation.feature:" in run.out
