"""Token and steps in pytest-bdd, as suites usually have them."""

import json
import os
from pathlib import Path

import jsonschema
import pytest
import requests
from pytest_bdd import given, parsers, then, when

ADDRESSES = {"product-details-json": "/http/products/details/json"}


@pytest.fixture(scope="session")
def service_key():
    return json.loads(Path(os.environ["IFLOW_SERVICE_KEY"]).read_text(encoding="utf-8"))["oauth"]


@pytest.fixture(scope="session")
def access_token(service_key):
    answer = requests.post(
        service_key["tokenurl"],
        params={"grant_type": "client_credentials"},
        auth=(service_key["clientid"], service_key["clientsecret"]),
        timeout=60,
    )
    answer.raise_for_status()
    return answer.json()["access_token"]


@given("an access token", target_fixture="headers")
def headers_with_token(access_token):
    return {"Authorization": f"Bearer {access_token}", "Content-Type": "application/json"}


@when(
    parsers.parse('I send a {method:w} request to the iFlow "{iflow}" with the body:'),
    target_fixture="response",
)
def send_request(method, iflow, docstring, headers, service_key):
    return requests.request(
        method, f"{service_key['url']}{ADDRESSES[iflow]}", data=docstring, headers=headers, timeout=60
    )


@then(parsers.parse("the response status is {status:d}"))
def status_is(response, status):
    assert response.status_code == status


@then(parsers.parse('the response matches the schema "{name}"'))
def matches_schema(response, name):
    schema = json.loads(Path("schemas", name).read_text(encoding="utf-8"))
    jsonschema.validate(response.json(), schema)


@then(parsers.parse('the response value at "{path}" is "{text}"'))
def value_is(response, path, text):
    value = response.json()
    for name in path.removeprefix("$.").split("."):
        value = value[name]
    assert value == text
