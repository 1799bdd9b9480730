"""The steps in behave, as suites usually have them."""

import json
from pathlib import Path

import jsonschema
import requests
from behave import given, then, when

ADDRESSES = {"product-details-json": "/http/products/details/json"}


@given("an access token")
def headers_with_token(context):
    context.headers = {
        "Authorization": f"Bearer {context.access_token}",
        "Content-Type": "application/json",
    }


@when('I send a {method:w} request to the iFlow "{iflow}" with the body:')
def send_request(context, method, iflow):
    context.response = requests.request(
        method,
        f"{context.service_key['url']}{ADDRESSES[iflow]}",
        data=context.text,
        headers=context.headers,
        timeout=60,
    )


@then("the response status is {status:d}")
def status_is(context, status):
    assert context.response.status_code == status


@then('the response matches the schema "{name}"')
def matches_schema(context, name):
    schema = json.loads(Path("schemas", name).read_text(encoding="utf-8"))
    jsonschema.validate(context.response.json(), schema)


@then('the response value at "{path}" is "{text}"')
def value_is(context, path, text):
    value = context.response.json()
    for name in path.removeprefix("$.").split("."):
        value = value[name]
    assert value == text
