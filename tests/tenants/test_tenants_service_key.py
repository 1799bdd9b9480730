"""Service keys: what the cockpit prints is read, and whatever else comes gets a clear answer."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.secrets.registry import mask
from pytest_iflow.tenants.service_key import Plan, parse_service_key

SUBDOMAIN = "0f6e4c2atrial"
FLOW_CLIENT = f"sb-3f0b7c1e-58f2-4d0b-9b57-8f0f3a1d2c4e!b139588|it-rt-{SUBDOMAIN}!b117912"
API_CLIENT = "sb-77a1e0c3-2d5e-4c55-8a8b-0d7f6e5c4b3a!b655221|it!b26655"
SECRET = "5d2c7a10-9e3b-4f6d-8c1a-2b4e6f8a0c1d$pQ7_xY-2mN4kL8vR1tZ5wB9cH3jF6gD0sA="
RUNTIME = f"https://{SUBDOMAIN}.it-cpitrial05-rt.cfapps.us10-001.hana.ondemand.com"
API = f"https://{SUBDOMAIN}.it-cpitrial05.cfapps.us10-001.hana.ondemand.com"
TOKEN_URL = f"https://{SUBDOMAIN}.authentication.us10.hana.ondemand.com/oauth/token"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUabc\nZm9vYmFy\n-----END CERTIFICATE-----\n"
KEY_LINE = "MIIEpAIBAAKCAQEAq3n8madeUpKeyBodyForThisTest0123456789abcdefghij"
PRIVATE_KEY = f"-----BEGIN RSA PRIVATE KEY-----\n{KEY_LINE}\nx9Y8z7W6v5\n-----END RSA PRIVATE KEY-----\n"
SOURCE = "file trial-dev.service-key.json"
COMMA = "line 2, column 21" if sys.version_info >= (3, 13) else "line 3, column 1"
"""Where Python finds a comma before the end of an object: newer ones name the comma."""


def fields(**changes: Any) -> dict[str, Any]:
    """Return a key with clientid and clientsecret; a field changed to None is left out."""
    key = {
        "clientid": FLOW_CLIENT,
        "clientsecret": SECRET,
        "url": RUNTIME,
        "createdate": "2025-07-02T00:17:31.919Z",
        "tokenurl": TOKEN_URL,
    }
    return {name: value for name, value in {**key, **changes}.items() if value is not None}


def certificate_fields(**changes: Any) -> dict[str, Any]:
    """Return a key of type Certificate."""
    pem = {"certificate": CERTIFICATE, "key": PRIVATE_KEY, "certificatedetails": {"serialnumber": "0xABCD"}}
    return fields(clientsecret=None, **{**pem, **changes})


KEY = json.dumps({"oauth": fields()}, indent=2)
OF_CF_8 = json.dumps({"credentials": {"oauth": fields()}}, indent=2)


def refused(text: str | dict[str, Any]) -> str:
    """Return the error that a key gets; it must show where, what to do, and no secret."""
    content = text if isinstance(text, str) else json.dumps({"oauth": text})
    with pytest.raises(ConfigurationError) as caught:
        parse_service_key(content, SOURCE)
    message = str(caught.value)
    assert SOURCE in message
    assert caught.value.remedy
    assert SECRET not in message
    assert KEY_LINE not in message
    assert caught.value.__cause__ is None
    return message


@pytest.mark.parametrize("nesting", ["oauth", "flat", "cf"])
def test_a_key_is_read_in_each_nesting(nesting: str) -> None:
    """The cockpit nests under oauth, cf service-key one level deeper, and some keys are flat."""
    document = {"oauth": fields(), "cf": {"oauth": fields()}}
    content = {"oauth": document, "flat": fields(), "cf": {"credentials": {"oauth": fields()}}}[nesting]
    key = parse_service_key(json.dumps(content), SOURCE)
    assert (key.client_id, key.client_secret) == (FLOW_CLIENT, SECRET)
    assert (key.token_url, key.url, key.source) == (TOKEN_URL, RUNTIME, SOURCE)
    assert (key.kind, key.plan) == ("secret", Plan.INTEGRATION_FLOW)


def test_a_key_with_byte_order_mark_and_windows_line_ends_is_read() -> None:
    """What Notepad saves is a good key."""
    text = "\ufeff" + json.dumps({"oauth": fields()}, indent=2).replace("\n", "\r\n")
    assert parse_service_key(text, SOURCE).client_secret == SECRET


@pytest.mark.parametrize("breaks", ["\n", "\\n", "\r\n", "\\r\\n"], ids=["LF", "\\n", "CRLF", "\\r\\n"])
def test_a_certificate_key_gets_real_line_breaks(breaks: str) -> None:
    """Certificate and key are PEM, however the line breaks were written."""
    pem = {"certificate": CERTIFICATE.replace("\n", breaks), "key": PRIVATE_KEY.replace("\n", breaks)}
    key = parse_service_key(json.dumps({"oauth": certificate_fields(**pem)}), SOURCE)
    assert key.kind == "certificate"
    assert (key.certificate, key.private_key, key.client_secret) == (CERTIFICATE, PRIVATE_KEY, None)


@pytest.mark.parametrize(
    ("client_id", "url", "plan"),
    [
        (FLOW_CLIENT, RUNTIME, Plan.INTEGRATION_FLOW),
        (API_CLIENT, API, Plan.API),
        (API_CLIENT, "https://127.0.0.1:8443", Plan.API),
        (FLOW_CLIENT, API, Plan.INTEGRATION_FLOW),
        ("some-other-client", RUNTIME, Plan.INTEGRATION_FLOW),
        ("some-other-client", API, Plan.API),
        ("some-other-client", "https://edge.example.com", Plan.INTEGRATION_FLOW),
    ],
)
def test_the_plan_is_recognised(client_id: str, url: str, plan: Plan) -> None:
    """The client id decides, then the host, and in doubt the key is for iFlows."""
    text = json.dumps({"oauth": fields(clientid=client_id, url=url)})
    assert parse_service_key(text, SOURCE).plan is plan


def test_json_that_breaks_readers_is_refused_in_words() -> None:
    """Deep nesting, numbers of thousands of digits, halves of characters."""
    assert "nested too deeply" in refused('{"oauth": ' + "[" * 100_000)
    assert "too many digits" in refused(f'{{"oauth": {"9" * 5000}}}')
    assert '"clientsecret" of the service key holds a character that is none' in refused(
        fields(clientsecret="half \ud83d")
    )


def test_secrets_are_masked_from_the_moment_they_are_read() -> None:
    """Secret, private key, and their parts are registered even if the key is refused afterwards."""
    secret = "9f8e7d6c-only-in-this-test$abc="
    refused(fields(clientsecret=secret, tokenurl=None))
    parse_service_key(json.dumps(certificate_fields()), SOURCE)
    assert mask(f"a {secret} b") == "a *** b"
    assert mask(PRIVATE_KEY) == "***\n"
    assert mask(json.dumps(PRIVATE_KEY)) == '"***\\n"'
    assert mask(f"line {KEY_LINE}") == "line ***"


def test_secrets_of_a_key_that_cannot_be_read_are_masked() -> None:
    """Of several, doubled and broken ones, too."""
    names = ("first-0815-4711", "second-0815-4711", "third-0815-4711")
    parse_service_key(KEY.replace('"clientsecret"', f'"clientsecret": "{names[0]}", "clientsecret"'), SOURCE)
    refused(f'{{"clientsecret": "{names[1]}"}}\n{{"oauth": {{"clientsecret":"{names[2]}"')
    assert mask(" ".join(names)) == "*** *** ***"


def test_repr_shows_no_secret() -> None:
    """A key in a traceback or a log gives nothing away."""
    keys = [parse_service_key(json.dumps(key), SOURCE) for key in (fields(), certificate_fields())]
    assert FLOW_CLIENT in repr(keys[0])
    assert not any(hidden in repr(keys) for hidden in (SECRET, KEY_LINE, "BEGIN"))


@pytest.mark.parametrize(
    ("text", "position", "hint"),
    [
        ("", "line 1, column 1", "empty"),
        ("keys/trial.json", "line 1, column 1", "looks like a path"),
        ("C:\\keys\\trial.json", "line 1, column 1", "looks like a path"),
        ("{oauth:{clientid:sb-1,clientsecret:abc}}", "line 1, column 2", "shell"),
        ("{'oauth': {'clientid': 'sb-1'}}", "line 1, column 2", "shell"),
        ("'{\"oauth\": {}}'", "line 1, column 1", "shell"),
        ("{\n", "line 2, column 1", "from the first { to the last }"),
        ('{"oauth": {\n  "clientid": "sb-1",\n}}', COMMA, "from the first { to the last }"),
        ('Getting key trial...\n{"oauth": {}', "line 2, column 13", "from the first { to the last }"),
        ('{"oauth": {}}}', "line 1, column 14", "from the first { to the last }"),
        ("FAILED\nService key trial not found", "line 1, column 1", "from the first { to the last }"),
    ],
)
def test_a_key_that_is_no_json_is_refused_with_its_place(text: str, position: str, hint: str) -> None:
    """The error says line and column, and guesses the mistake."""
    message = refused(text)
    assert "not JSON" in message
    assert position in message
    assert hint in message


@pytest.mark.parametrize(
    "text",
    [
        f"Getting key it for service instance rt as user@example.com...\n\n{KEY}\n",
        f"Getting key it for service instance rt as user@example.com...\n\n{OF_CF_8}\n\n",
        f"Schlüssel it für rt wird abgerufen...\n\n{OF_CF_8}\nOK\n".replace("\n", "\r\n"),
        f"\ufeffGetting key {{it}}…\n{KEY}",
        f"WARNING: {{deprecated}}: use cf v8\n\n{KEY}\nTIP: use 'cf keys'\n",
        f"Getting key \x1b[36;1mit\x1b[0m\n\n  {KEY}",
        "Getting key it for service instance rt as me... " + " ".join(OF_CF_8.split()),
    ],
)
def test_what_cf_prints_around_a_key_is_left_aside(text: str) -> None:
    """Its progress and its hints, in any language, with any line breaks."""
    assert parse_service_key(text, SOURCE).client_secret == SECRET


@pytest.mark.parametrize("between", ["\n", "\nGetting key other...\n\n", "\r\nOK\r\n"])
def test_several_keys_are_refused(between: str) -> None:
    """None of them is guessed to be the one that is meant."""
    assert "several JSON objects" in refused(f"Getting key it...\n{KEY}{between}{OF_CF_8}")


def test_what_is_nested_too_deeply_is_refused() -> None:
    """Without a traceback."""
    assert "nested too deeply" in refused('{"a":' * 100_000)


@pytest.mark.parametrize("text", ["[]", '"text"', "null", "3"])
def test_json_that_is_no_object_is_refused(text: str) -> None:
    """A list or a text is no key."""
    assert "not a JSON object" in refused(text)


@pytest.mark.parametrize(
    "key",
    [
        {"uri": "https://x-iflmap.hcisbp.eu1.hana.ondemand.com", "user": "S0001", "password": "Welcome1!"},
        {"user": "S0001", "password": "Welcome1!"},
        fields(tokenurl="https://oauthasservices-a1.eu1.hana.ondemand.com/oauth2/api/v1/token"),
        fields(url="https://x-iflmap.hcisbp.eu1.hana.ondemand.com"),
    ],
)
def test_a_key_of_neo_is_refused_with_the_way_out(key: dict[str, Any]) -> None:
    """Neo has no such service keys; the error says so and where to get one."""
    message = refused(key)
    assert "Neo has no service keys of this kind" in message
    assert "Instances and Subscriptions" in message
    assert "Welcome1!" not in message


@pytest.mark.parametrize(
    ("key", "missing"),
    [
        ({}, "clientid, tokenurl, url, clientsecret"),
        (fields(clientsecret=None), "clientsecret"),
        (fields(clientsecret="  ", url=""), "url, clientsecret"),
        (fields(clientsecret="<secret>", clientid=42), "clientid, clientsecret"),
        (fields(tokenurl=None), "tokenurl"),
        (certificate_fields(certificate=None), "certificate"),
        (certificate_fields(key=None, url=None), "url, key"),
    ],
)
def test_a_half_filled_key_names_every_missing_field(key: dict[str, Any], missing: str) -> None:
    """Absent, empty and placeholder fields are all missing, and all named at once."""
    assert f"The service key lacks {missing}." in refused(key)


def test_an_external_certificate_asks_for_its_private_key() -> None:
    """Such a key comes without the private key, which the tester has to add."""
    assert "External Certificate" in refused(certificate_fields(key=None))


@pytest.mark.parametrize("name", ["certificate", "key"])
def test_a_certificate_that_is_no_pem_is_refused(name: str) -> None:
    """Line breaks that a shell turned into spaces make a key unusable."""
    flattened = (PRIVATE_KEY if name == "key" else CERTIFICATE).replace("\n", " ")
    assert f'"{name}" of the service key is not PEM' in refused(certificate_fields(**{name: flattened}))


def test_an_address_that_cannot_be_used_is_refused_with_the_source() -> None:
    """Addresses are checked as part of the key."""
    assert "/oauth/token" in refused(fields(tokenurl=TOKEN_URL.removesuffix("/oauth/token")))
