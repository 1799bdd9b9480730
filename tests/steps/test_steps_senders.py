"""Phrases for OData, SOAP and IDoc senders, in real runs: what passes stands in examples/payloads."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project"]

FEATURE = """
    Feature: Senders

      Scenario: a fault is no acceptance
        When I send a message in a SOAP envelope to the iFlow "Product_SOAP":
          '''
          <GetProduct xmlns="urn:local-tenant:products"><ProductId>XX</ProductId></GetProduct>
          '''
        Then the message is accepted

      Scenario: a fault with another text
        When I send a message in a SOAP 1.2 envelope to the iFlow "Product_SOAP":
          '''
          <GetProduct xmlns="urn:local-tenant:products"><ProductId>XX</ProductId></GetProduct>
          '''
        Then the response is a SOAP fault containing "timeout"

      Scenario: a fault that should be none
        When I send a message in a SOAP envelope to the iFlow "Product_SOAP":
          '''
          <Other/>
          '''
        Then the response is not a SOAP fault

      Scenario: no fault
        When I read "Orders('4711')" of the OData iFlow "Orders_OData"
        Then the response is a SOAP fault

      Scenario: accepted against expectation
        When I read "Orders('4711')" of the OData iFlow "Orders_OData"
        Then the message is not accepted

      Scenario: an OData error
        When I create an entity in "Orders" of the OData iFlow "Orders_OData":
          '''
          {"OrderId": "4711"}
          '''
        Then the message is accepted

      Scenario: a batch of which a part fails
        When I send a batch to the OData iFlow "Orders_OData":
          | method | path                           |
          | GET    | Orders('4711')                 |
          | GET    | Orders('9')                    |
          | GET    | Orders?$filter=Colour eq 'red' |
        Then the message is accepted

      Scenario: no XML in the envelope
        When I send a message in a SOAP envelope to the iFlow "Product_SOAP":
          '''
          <GetProduct>
          '''
        Then the message is accepted

      Scenario: an option that no query has
        When I query "Orders" of the OData iFlow "Orders_OData" with:
          | where | Amount gt 1 |
        Then the message is accepted

      Scenario: no request of a batch
        When I send a batch to the OData iFlow "Orders_OData":
          | method | path   |
          | FETCH  | Orders |
        Then the message is accepted

      Scenario: a batch without a request
        When I send a batch to the OData iFlow "Orders_OData":
          | method | path |

      Scenario: another table than that of a batch
        When I send a batch to the OData iFlow "Orders_OData":
          | path   | method |
          | Orders | GET    |
        Then the message is accepted

      Scenario: a message that failed is judged by its own log
        When I send a message in a SOAP envelope to the iFlow "Product_SOAP":
          '''
          <Other/>
          '''
        Then the message failed with an error containing "Message part Other was not recognized"

      Scenario: an address of the runtime
        Given the query parameter "$top" is "1"
        When I send a GET request to the iFlow "/gw/odata/SAP/ORDERS;v=1/Orders"
        Then the message is accepted
        And the message is completed

      Scenario: a name of the tenant file
        When I send a message in a SOAP envelope to the iFlow "/cxf/products":
          '''
          <GetProduct xmlns="urn:local-tenant:products"><ProductId>HT-1080</ProductId></GetProduct>
          '''
        Then the message is accepted

      Scenario: a query is repeated until an order is there
        Given I remember the text "${text(8)}" as "id"
        When I create an entity in "Orders" of the OData iFlow "Orders_OData":
          '''
          {"OrderId": "${id}"}
          '''
        And I name the last call "create"
        And I query "Orders" of the OData iFlow "Orders_OData" with:
          | $filter | OrderId eq '${id}' |
        And I repeat the last call within 10 seconds until the response has 1 value at "$.d.results[*]"
        Then the message of the call "create" has the custom header "orderId" with "${id}"

      Scenario: what the scenario prepares goes before what a step adds
        Given the request header "Accept" is "application/atom+xml"
        And the request path ends with "/Amount/$value"
        When I read "Orders('4711')" of the OData iFlow "Orders_OData"
        Then the response body is "12.50"
        And the message is accepted
"""
PASSED = {
    "a message that failed is judged by its own log",
    "an address of the runtime",
    "a name of the tenant file",
    "a query is repeated until an order is there",
    "what the scenario prepares goes before what a step adds",
}
FAILURES = {
    "a fault is no acceptance": (
        "the message is not accepted: the response status is 500 Internal Server Error; the SOAP sender "
        "accepts a message with 200 and a reply, or with 202 where it is one-way; it said: "
        "SOAP fault soap:Server: There is no such product. (XX)"
    ),
    "a fault with another text": (
        'the SOAP fault does not contain "timeout": soap:Receiver: There is no such product. (XX)'
    ),
    "a fault that should be none": (
        "the response is a SOAP fault: soap:Server: An internal server error occured: "
        "Message part Other was not recognized."
    ),
    "no fault": "the response is no SOAP fault: its status is 200 OK",
    "accepted against expectation": "the message is accepted: the OData sender answered 200 OK",
    "an OData error": (
        "the message is not accepted: the response status is 409 Conflict; the OData sender accepts a "
        "message with 200 (a query), 201 (a create) or 204 (a change, a delete); it said: OData error "
        "Conflict: An entity with the key '4711' exists already."
    ),
    "a batch of which a part fails": (
        "the message is not accepted: answer 2 of the batch is 404 Not Found (OData error Not Found: "
        "Requested entity could not be found.); "
        "answer 3 of the batch is 400 Bad Request (OData error Bad Request: "
    ),
}
BROKEN = {
    "no XML in the envelope": "what goes into the SOAP envelope is no well-formed XML",
    "an option that no query has": '"where" is no option of a query',
    "no request of a batch": "FETCH is no request of a batch",
    "a batch without a request": "the table of the batch has no request",
    "another table than that of a batch": "the table of the batch begins with path, method",
}


@pytest.fixture(scope="module", params=[(), ("--parallel=8",)], ids=["in order", "side by side"])
def run(request: pytest.FixtureRequest, new_project: Callable[[], InnerProject]) -> InnerRun:
    """All scenarios in one run; they pass and fail alike side by side."""
    project = new_project()
    project.write("features/senders.feature", FEATURE.replace("'''", '"""'))
    return project.run("--tenant=local", "-q", *request.param)


def test_senders_are_called_by_name_address_and_table(run: InnerRun) -> None:
    """Found in the tenant's list; with the token of a CSRF-protected one."""
    statuses = run.statuses()
    assert {title for title, status in statuses.items() if status == "passed"} == PASSED, run.text


@pytest.mark.parametrize("title", FAILURES)
def test_failure_says_what_the_sender_said(run: InnerRun, title: str) -> None:
    """And what it answers when it accepts a message."""
    scenario = run.scenarios()[title]
    assert scenario["status"] == "failed"
    assert FAILURES[title] in " ".join(scenario["message"].split())


@pytest.mark.parametrize("title", BROKEN)
def test_what_cannot_be_sent_breaks_the_scenario(run: InnerRun, title: str) -> None:
    """It is told what to write."""
    scenario = run.scenarios()[title]
    assert scenario["status"] == "broken"
    assert BROKEN[title] in scenario["message"]
