"""Credentials are deployed, changed and undeployed; their secrets are never read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator.api.api_tenant import ApiTenant

USER = {"Name": "shop", "Kind": "default", "User": "ada", "Password": "hidden"}
CLIENT = {"Name": "shop", "TokenServiceUrl": "https://t", "ClientId": "c", "ClientSecret": "hidden"}
SECRET = {"Name": "shop", "SecureParam": "hidden"}
CONNECTOR = {"Name": "open", "Kind": "openconnectors"}
TAKEN = "Entity with specified name already exists."


def _send(
    tenant: ApiTenant, method: str, resource: str, entity: dict[str, Any] | None = None
) -> tuple[int, str]:
    """Send a change; returns status and the text of an error."""
    answer = tenant.change(method, resource, json.dumps(entity).encode() if entity is not None else b"")
    return answer.status, answer.json()["error"]["message"]["value"] if answer.body else ""


@pytest.mark.parametrize(
    ("name", "sent", "secret", "kind"),
    [
        ("UserCredentials", USER, "Password", "BUNDLE"),
        ("OAuth2ClientCredentials", CLIENT, "ClientSecret", "CREDENTIALS"),
        ("SecureParameters", SECRET, "SecureParam", None),
    ],
)
def test_credentials_are_deployed_changed_and_undeployed(
    own: ApiTenant, name: str, sent: dict[str, str], secret: str, kind: str | None
) -> None:
    """202 each, as SAP's OpenAPI has it; nothing that is read holds the secret."""
    assert _send(own, "POST", name, sent) == (202, "")
    read = own.ask(name)
    (found,) = read.json()["d"]["results"]
    assert b"hidden" not in read.body
    assert (found["Name"], found[secret]) == ("shop", None)
    told = found["SecurityArtifactDescriptor"] if kind else found
    assert (told["Status"], told["DeployedBy"], told.get("Type")) == ("DEPLOYED", "local-tenant", kind)
    assert told["DeployedOn"].startswith("/Date(")
    assert _send(own, "PUT", f"{name}('shop')", {"Description": "of the shop"}) == (202, "")
    changed = own.ask(f"{name}('shop')").json()["d"]
    assert (changed["Description"], changed["Name"]) == ("of the shop", "shop")
    assert _send(own, "DELETE", f"{name}('shop')") == (202, "")
    assert own.ask(f"{name}('shop')").status == 404
    assert _send(own, "DELETE", f"{name}('shop')")[0] == 404


@pytest.mark.parametrize(
    ("method", "resource", "entity", "expected"),
    [
        ("POST", "UserCredentials", USER, (409, TAKEN)),
        ("POST", "UserCredentials", {"Kind": "default"}, (400, "Property 'Name' must not be null.")),
        ("POST", "UserCredentials", {"Name": "x"}, (400, "Property 'Kind' must not be null.")),
        ("POST", "UserCredentials", {"Name": "x", "Kind": "y"}, (500, "Kind must be one of")),
        ("POST", "UserCredentials", {"Name": "x", "Kind": "successfactors"}, (500, "Company Id is missing")),
        (
            "POST",
            "UserCredentials",
            CONNECTOR | {"Password": "hidden"},
            (500, "Password does not match Open Connectors Credentials pattern."),
        ),
        ("PUT", "UserCredentials('none')", {"User": "x"}, (409, "Entity with specified key does not exist.")),
        (
            "PUT",
            "UserCredentials('shop')",
            {"Name": "other"},
            (400, "Entity key specified in URI does not match to name from payload."),
        ),
        ("PUT", "OAuth2ClientCredentials('none')", {"Scope": "x"}, (404, "")),
        (
            "POST",
            "OAuth2ClientCredentials",
            {"Name": "x"},
            (400, "Property 'ClientSecret' cannot be empty. Enter a valid value."),
        ),
        ("POST", "SecureParameters", {"Name": "x"}, (400, "Property 'SecureParam' must not be null.")),
        (
            "POST",
            "SecureParameters",
            {"Name": "x" * 151, "SecureParam": "y"},
            (400, "more than 150 characters"),
        ),
        ("PATCH", "UserCredentials('shop')", {"User": "x"}, (501, "")),
    ],
)
def test_what_cannot_be_deployed_is_refused(
    own: ApiTenant, method: str, resource: str, entity: dict[str, str], expected: tuple[int, str]
) -> None:
    """In the words of SAP's OpenAPI, where it has any."""
    _send(own, "POST", "UserCredentials", USER)
    status, text = _send(own, method, resource, entity)
    assert status == expected[0]
    assert expected[1] in text


def test_credentials_of_open_connectors_have_a_pattern(own: ApiTenant) -> None:
    """User, organization and element stand in the password."""
    password = "User abc, Organization def, Element ghi"
    assert _send(own, "POST", "UserCredentials", CONNECTOR | {"Password": password}) == (202, "")


def test_who_only_reads_deploys_nothing(own: ApiTenant) -> None:
    """The role is CredentialsEdit (wire-facts 5.4)."""
    body = json.dumps(USER).encode()
    assert own.change("POST", "UserCredentials", body, key_file="api-read-only.json").status == 403
    assert own.change("POST", "UserCredentials", b"{").json()["error"]["message"]["value"] == (
        "An exception of type 'MalformedJsonException' occurred."
    )
