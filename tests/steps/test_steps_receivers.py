"""Receivers of exported iFlows: what they answer, by scenario, and what they were sent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_bdd.steps import step_function_context_registry

from pytest_iflow.gherkin.vocabulary import Phrase
from pytest_iflow.plugin.step_modules import shipped_step_modules
from tests.inner_project import InnerProject, InnerRun
from tests.mocked_flows import write_flows

pytest_plugins = ["tests.inner_project"]

CALL = """
        When I send a POST request to the iFlow "/mocked/orders" with the body:
          \"\"\"
          {"order": {"id": "%s", "kind": "%s"}}
          \"\"\"
"""
FEATURE = (
    """
    Feature: Receivers
      Scenario: a file with a header
        Given the receiver "WebShop" answers with status 201 and the file "answer.json"
        And the receiver "WebShop" answers with the header "X-Shop" as "yes"
        And the receiver "WebShop" answers after 0.01 seconds
        And the request header "X-Trace" is "t-1"
    """
    + CALL % ("4711", "express")
    + """
        Then the response value at "$.answered" is "by file"
        And the response header "X-Shop" is "yes"
        And the receiver "WebShop" was called 1 time
        And the receiver "https://shop.example/orders" was called
        And the receiver "https://shop.example/*" was called exactly 1 time
        And the receiver "https://shop.example/orders?lang=en&lang=de" was called
        And the receiver "https://shop.example/orders?lang=fr" was not called
        And the receiver "Archive" was not called
        And the body of the request to the receiver "WebShop" contains "4711"
        And the value at "$.order.id" of the request to the receiver "WebShop" is "4711"
        And the number of values at "$.order.*" of the 1st request to the receiver "WebShop" is 2
        And every value at "$.order.*" of the request to the receiver "WebShop" is a text
        And the header "x-trace" of the request to the receiver "WebShop" is "t-1"
        And the header "x-pytest-iflow-scenario" of the request to the receiver "WebShop" does not exist
        And the query parameter "lang" of the request to the receiver "WebShop" is "en"
        And the method of the request to the receiver "WebShop" is "POST"
        And the address of the request to the receiver "WebShop" starts with "https://shop.example/orders"
        And the request to the receiver "WebShop" matches the schema "order.json"
        And the request to the receiver "WebShop" equals the golden message "order.json"
        And the request to the receiver "WebShop" contains:
          \"\"\"
          {"order": {"id": "${text}"}}
          \"\"\"

      Scenario: several in turn, the last one stays
        Given the receiver "WebShop" answers in turn:
          | status | header         | body |
          | 503    | Retry-After: 1 | busy |
          | 200    |                | {"n": 2} |
          | 200    |                | {"n": 3} |
    """
    + CALL % ("1", "a")
    + """
        Then the response status is 500
    """
    + CALL % ("2", "a")
    + """
        Then the response value at "$.n" is 2
    """
    + CALL % ("3", "a")
    + CALL % ("4", "a")
    + """
        Then the response value at "$.n" is 3
        And the receiver "WebShop" was called 4 times
        And the value at "$.order.id" of the 2nd request to the receiver "WebShop" is "2"
        And the value at "$.order.id" of the last request to the receiver "WebShop" is "4"

      Scenario: by condition
        Given the receiver "WebShop" answers in turn:
          | status | body            | when path     | equals  | method | contains |
          | 200    | {"for": "else"} |               |         |        |          |
          | 200    | {"for": "fast"} | $.order.kind  | express |        |          |
          | 200    | {"for": "text"} |               |         | POST   | 4712     |
    """
    + CALL % ("1", "express")
    + """
        Then the response value at "$.for" is "fast"
    """
    + CALL % ("4712", "slow")
    + """
        Then the response value at "$.for" is "text"
    """
    + CALL % ("1", "slow")
    + """
        Then the response value at "$.for" is "else"

      Scenario Outline: no answer: <how>
        Given the receiver "WebShop" <how>
    """
    + CALL % ("1", "a")
    + """
        Then the response status is 500
        And the message failed with an error containing "<said>"

        Examples:
          | how                               | said               |
          | refuses the connection            | Connection refused |
          | resets the connection             | Connection reset   |
          | does not answer in time           | Read timed out     |
          | answers with the SOAP fault "Uh!" | statusCode: 500    |

      Scenario: nobody answers
    """
    + CALL % ("1", "a")
    + """
        Then the message failed with an error containing "the receiver \\"WebShop\\" answers with"

      Scenario: mails and files
        When I send a POST request to the iFlow "/mocked/deliveries" with the body:
          \"\"\"
          {"id": 7}
          \"\"\"
        Then the receiver "Archive" got 1 file
        And the receiver "Post" got exactly 1 mail
        And the content of the file "order.json" to the receiver "Archive" contains "7"
        And the folder of the file to the receiver "Archive" is "out"
        And the subject of the mail to the receiver "Post" is "An order"
        And the header "to" of the mail to the receiver "Post" is "shop@example.org"
        And the value at "$.id" of the mail to the receiver "Post" is 7

      Scenario: a mail server that refuses
        Given the receiver "Post" refuses the connection
        When I send a POST request to the iFlow "/mocked/deliveries" with the body:
          \"\"\"
          {"id": 7}
          \"\"\"
        Then the response status is 500
        And the receiver "Post" was called

      Scenario: what is wrong is told with what was sent
        Given the receiver "WebShop" answers with status 200
    """
    + CALL % ("1", "a")
    + CALL % ("2", "a")
    + """
        Then the value at "$.order.id" of the request to the receiver "WebShop" is "1"

      Scenario Outline: side by side, <n>
        Given the receiver "WebShop" answers:
          \"\"\"
          {"n": <n>}
          \"\"\"
    """
    + CALL % ("<n>", "a")
    + CALL % ("<n>", "a")
    + """
        Then the response value at "$.n" is <n>
        And the receiver "WebShop" was called 2 times
        And the value at "$.order.id" of the last request to the receiver "WebShop" is "<n>"

        Examples:
          | n  |
          | 1  |
          | 2  |
          | 3  |
          | 4  |
          | 5  |
          | 6  |
          | 7  |
          | 8  |
    """
)
SCHEMA = '{"required": ["order"]}'


@pytest.fixture(scope="module")
def run(new_project: Callable[[], InnerProject]) -> InnerRun:
    """One run of all of it, eight scenarios side by side."""
    project = new_project()
    write_flows(project.root)
    project.write("payloads/answer.json", '{"answered": "by file"}')
    project.write("payloads/order.json", '{"order": {"id": "4711", "kind": "express"}}')
    project.write("schemas/order.json", SCHEMA)
    project.write("features/receivers.feature", FEATURE)
    return project.run("--tenant=local", "-q", "--parallel=8")


def test_receivers_answer_and_tell_what_they_were_sent(run: InnerRun) -> None:
    """Each scenario has its own answers and its own record, side by side with others."""
    found = run.scenarios()
    wrong = "what is wrong is told with what was sent"
    failed = {name: each["message"] for name, each in found.items() if each["status"] != "passed"}
    assert list(failed) == [wrong], json.dumps(failed, indent=1)
    assert len(found) == 19
    assert failed[wrong].startswith(
        'There are 2 requests to the receiver "WebShop", and one is expected\n  sent:\n    1. POST https://shop'
    )


def test_the_steps_of_the_page_are_phrases() -> None:
    """Each line of docs/receivers.md that begins like a step, in its tables, too."""
    list(shipped_step_modules())
    phrases = [each.parser for each in step_function_context_registry.values()]
    page = (Path(__file__).parents[2] / "docs/receivers.md").read_text(encoding="utf-8")
    steps = re.findall(r"(?m)^(?: *|\| `)(?:Given|When|Then|And) (.+?)(?:`.*)?$", page)
    assert len(steps) > 20
    for step in steps:
        assert [each.name for each in phrases if isinstance(each, Phrase) and each.is_matching(step)], step
