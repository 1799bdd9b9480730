"""Phrases that call integration flows, in a real run against the local tenant."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project"]

FEATURE = """
    Feature: Calls

      Scenario: headers and parameters reach the iFlow
        Given the request header "X-Order" is "4711"
        And the query parameter "language" is "DE & ü"
        When I send a GET request to the iFlow "/echo"
        Then the response value at "$.method" is "GET"
        And the response value at "$.query.language" is "DE & ü"
        And the response value at "$.headers.x-order" is "4711"
        And the response value at "$.body" is ""

      Scenario: a body below the step
        When I send a PUT request to the iFlow "/echo" with the body:
          '''
          {"größe": 1}
          '''
        Then the response value at "$.method" is "PUT"
        And the response value at "$.headers.content-type" is "application/json"
        And the response value at "$.body" is '{"größe": 1}'

      Scenario: the body step without a body
        When I send a POST request to the iFlow "/echo" with the body:
        Then the response value at "$.body" is ""

      Scenario: an empty body
        When I send a POST request to the iFlow "/echo" with the body:
          '''
          '''
        Then the response value at "$.body" is ""

      Scenario: a body from a file beside the feature
        When I send a POST request to the iFlow "/echo" with the file "beside.xml"
        Then the response value at "$.body" is "<beside/>"
        And the response value at "$.headers.content-type" is "application/xml"

      Scenario: a body from the folder payloads
        When I send a POST request to the iFlow "/echo" with the file "orders/order.txt"
        Then the response value at "$.body" is "order"

      Scenario: a file that is not there
        When I send a POST request to the iFlow "/echo" with the file "missing.xml"

      Scenario: a product
        When I request the details of product "HT-1080"
        Then the response value at "/Products/Product/ProductId" is "HT-1080"

      Scenario: without a token
        When I call the iFlow "/echo" without a token
        Then the response status is 401

      Scenario: with another token
        When I call the iFlow "/echo" with the token "nonsense"
        Then the response status is 401

      Scenario: with the token of another client
        Given the request header "X-Order" is "4711"
        When I call the iFlow "/echo" with the token of client "second"
          '''
          hello
          '''
        Then the response value at "$.body" is "hello"
        And the response value at "$.headers.x-order" is "4711"

      Scenario: with the token of plan api
        When I call the iFlow "/echo" with the token of client "monitoring"
        Then the response status is 401

      Scenario: a client acts from its token on
        Given an access token for client "monitoring"
        When I send a POST request to the iFlow "/echo"
        Then the response status is 200

      Scenario: a header of the feature wins
        Given the request header "Authorization" is "Bearer nonsense"
        When I send a POST request to the iFlow "/echo"
        Then the response status is 401

      Scenario: a path behind the address
        Given the request path ends with "/Größe 1?lang=de"
        And the query parameter "page" is "2"
        And the query parameter "page" is "3"
        When I send a GET request to the iFlow "/echo?first=1"
        Then the response value at "$.path" is "Größe 1"
        And the response value at "$.query.first" is "1"
        And the response value at "$.query.lang" is "de"

      Scenario: a path behind the address of an iFlow by its name
        Given the request path ends with "/4711"
        When I send a GET request to the iFlow "echo"
        Then the response value at "$.path" is "4711"

      Scenario: headers that are left out
        Given the request header "X-Order" is "4711"
        And the request header "X-Order" is not sent
        And the request header "content-type" is not sent
        And the request header "User-Agent" is not sent
        When I send a POST request to the iFlow "/echo" with the body:
          '''
          {}
          '''
        Then the response value at "$.headers.x-order" does not exist
        And the response value at "$.headers.content-type" does not exist
        And the response value at "$.headers.user-agent" does not exist
        And the response value at "$.headers.accept" is "*/*"

      Scenario: the header that is a step of its own
        Given the request header "authorization" is not sent
        When I send a GET request to the iFlow "/echo"

      Scenario: an end that is none
        Given the request path ends with "4711"
        When I send a GET request to the iFlow "/echo"

      Scenario: an iFlow that nobody knows
        When I send a POST request to the iFlow "product-detials"
"""

PASS = """
    headers and parameters reach the iFlow
    a body below the step
    an empty body
    a body from a file beside the feature
    a body from the folder payloads
    a product
    without a token
    with another token
    with the token of another client
    with the token of plan api
    a header of the feature wins
    a path behind the address
    a path behind the address of an iFlow by its name
    headers that are left out
"""


@pytest.fixture(scope="module")
def run(new_project: Callable[[], InnerProject]) -> InnerRun:
    """One run of the feature."""
    project = new_project()
    project.write("features/calls.feature", FEATURE.replace("'''", '"""'))
    project.write("features/beside.xml", "<beside/>")
    project.write("payloads/beside.xml", "<wrong/>")
    project.write("payloads/orders/order.txt", "order")
    return project.run("--tenant=local", "-q")


@pytest.mark.parametrize("title", [line.strip() for line in PASS.strip().splitlines()])
def test_a_phrase_sends_what_it_says(run: InnerRun, title: str) -> None:
    """The echo flow answers with what it got."""
    scenario = run.scenarios()[title]
    assert scenario["status"] == "passed", scenario["message"]


def test_a_body_that_is_announced_has_to_be_there(run: InnerRun) -> None:
    """Nothing is sent."""
    scenario = run.scenarios()["the body step without a body"]
    assert (scenario["status"], scenario["exchange"]) == ("broken", "")
    assert "stands no doc string, which this step needs" in scenario["message"]


def test_a_missing_file_is_named_with_every_place_that_was_looked_at(run: InnerRun) -> None:
    """Beside the feature, in payloads, in the project."""
    scenario = run.scenarios()["a file that is not there"]
    assert scenario["status"] == "broken"
    what, where, remedy = scenario["message"].replace("\\", "/").splitlines()
    said, _, places = what.partition(" (")
    assert said == 'the file "missing.xml" is not there'
    assert [place.removesuffix(")").endswith("missing.xml") for place in places.split(", ")] == [True] * 3
    assert "payloads/missing.xml" in places
    assert where.startswith("  where:      features/")
    assert remedy.endswith("put it into the folder payloads, or correct the name in the feature")
    assert scenario["calls"] == []


def test_an_unknown_iflow_is_answered_with_the_closest(run: InnerRun) -> None:
    """A typing error is the usual cause."""
    scenario = run.scenarios()["an iFlow that nobody knows"]
    assert scenario["message"].startswith('there is no iFlow "product-detials" (tenant local/dev)\n')
    assert "product-details" in scenario["message"]
    assert scenario["calls"] == []


def test_what_cannot_be_left_out_is_said_with_what_can_be_done(run: InnerRun) -> None:
    """At collection: a call without a token is a step of its own."""
    scenario = run.scenarios()["the header that is a step of its own"]
    assert (scenario["status"], scenario["exchange"]) == ("broken", "")
    assert scenario["message"].startswith("the request header authorization cannot be left out here\n")
    assert 'call without it: When I call the iFlow "…" without a token' in scenario["message"]


def test_the_end_of_an_address_begins_with_what_divides_it(run: InnerRun) -> None:
    """Else "/echo" and "4711" were "/echo4711", which nobody means."""
    scenario = run.scenarios()["an end that is none"]
    assert (scenario["status"], scenario["exchange"]) == ("broken", "")
    assert '"4711" cannot stand behind an address' in scenario["message"]
    assert '"/4711"' in scenario["message"]


def test_a_client_acts_from_its_token_on(run: InnerRun) -> None:
    """Its key names the host, here that of the API, whose login page is no answer of an iFlow."""
    message = run.scenarios()["a client acts from its token on"]["message"]
    assert message.startswith("a login page answered with status 200")
