"""Import of OpenAPI: what becomes of operations, parameters, bodies, answers and security."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from pytest_iflow.drafts.draft import ScenarioDraft, SuiteDraft
from pytest_iflow.imports.kinds import Request, read_draft
from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project"]

ORDER: dict[str, Any] = {
    "type": "object",
    "required": ["id", "created"],
    "properties": {
        "id": {"type": "string", "readOnly": True},
        "created": {"type": "string", "format": "date-time"},
        "note": {"type": "string", "nullable": True},
        "parent": {"$ref": "#/components/schemas/Order"},
        "x": {"type": "string", "xml": {"name": "y"}},
    },
}
NEW: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Orders API"},
    "servers": [{"url": "https://{host}/http/orders-api/v1/", "variables": {"host": {"default": "h"}}}],
    "security": [{"oauth": []}],
    "paths": {
        "/orders": {
            "parameters": [
                {"name": "X-Trace", "in": "header", "required": True, "schema": {"enum": ["on", "off"]}}
            ],
            "get": {
                "summary": "List orders",
                "tags": ["Orders"],
                "parameters": [
                    {
                        "name": "top",
                        "in": "query",
                        "required": True,
                        "schema": {"type": "integer", "minimum": 5},
                    },
                    {"name": "q", "in": "query", "example": 'it\'s "quoted"', "schema": {"type": "string"}},
                    {"name": "skip", "in": "query", "schema": {"type": "integer"}},
                    {"name": "session", "in": "cookie", "required": True, "schema": {"type": "string"}},
                    {"name": "Authorization", "in": "header", "required": True, "schema": {"type": "string"}},
                ],
                "responses": {
                    "404": {"description": ""},
                    "200": {
                        "description": "",
                        "content": {
                            "application/json": {
                                "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Order"}}
                            }
                        },
                    },
                },
            },
            "post": {
                "operationId": "createOrder",
                "tags": ["Orders"],
                "requestBody": {"$ref": "#/components/requestBodies/Order"},
                "responses": {"201": {"description": ""}},
            },
        },
        "/orders/{id}/items({item})": {
            "delete": {
                "parameters": [
                    {
                        "name": "id",
                        "in": "path",
                        "required": True,
                        "schema": {"type": "string"},
                        "example": "A/1 ${x}",
                    },
                    {"name": "item", "in": "path", "required": True, "schema": {"type": "integer"}},
                ],
                "security": [],
                "responses": {"default": {"description": ""}},
            }
        },
        "/forms": {
            "post": {
                "security": [{"plain": []}],
                "requestBody": {
                    "content": {
                        "application/x-www-form-urlencoded": {
                            "schema": {
                                "type": "object",
                                "properties": {"a": {"type": "boolean"}, "b": {"const": 7}},
                            }
                        }
                    }
                },
                "responses": {"204": {"description": ""}},
            }
        },
        "/texts": {
            "put": {
                "requestBody": {"content": {"application/edifact": {"example": "UNB+1'"}}},
                "responses": {"202": {"description": ""}},
                "callbacks": {"done": {}},
            }
        },
        "/xml": {"put": {"requestBody": {"content": {"application/xml": {}}}, "responses": {}}},
    },
    "components": {
        "schemas": {"Order": ORDER},
        "requestBodies": {
            "Order": {
                "content": {
                    "text/plain": {"example": "no"},
                    "application/json": {"schema": {"$ref": "#/components/schemas/Order"}},
                }
            }
        },
        "securitySchemes": {
            "oauth": {
                "type": "oauth2",
                "flows": {"clientCredentials": {"tokenUrl": "https://t", "scopes": {}}},
            },
            "plain": {"type": "http", "scheme": "basic"},
            "key": {"type": "apiKey", "in": "header", "name": "X"},
        },
    },
}
OLD: dict[str, Any] = {
    "swagger": "2.0",
    "info": {"title": "Old"},
    "basePath": "/old",
    "consumes": ["application/json"],
    "produces": ["application/json"],
    "definitions": {"A": {"type": "object", "required": [], "properties": {"n": {"type": "number"}}}},
    "paths": {
        "/a": {
            "post": {
                "parameters": [
                    {"name": "body", "in": "body", "schema": {"$ref": "#/definitions/A"}},
                    {"name": "n", "in": "query", "required": True, "type": "integer", "maximum": 0},
                ],
                "responses": {"200": {"description": "", "schema": {"$ref": "#/definitions/A"}}},
            },
            "put": {
                "consumes": ["multipart/form-data"],
                "parameters": [{"name": "f", "in": "formData", "type": "string"}],
                "responses": {"200": {"description": ""}},
            },
        }
    },
}


def imported(document: dict[str, Any], folder: Path, ending: str = "json") -> SuiteDraft:
    """Return the draft of a description."""
    file = folder / f"api.{ending}"
    file.write_text(json.dumps(document) if ending == "json" else yaml.safe_dump(document), encoding="utf-8")
    return read_draft("openapi", Request(file, folder, "trial"))


def phrases(draft: SuiteDraft, origin: str) -> list[str]:
    """Return the steps of a scenario."""
    found: list[ScenarioDraft] = [
        scenario for feature in draft.features for scenario in feature.scenarios if scenario.origin == origin
    ]
    (scenario,) = found
    return [f"{step.keyword} {step.phrase}" for step in scenario.steps]


@pytest.fixture(scope="module", params=["json", "yaml"])
def draft(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SuiteDraft:
    """The draft of the newer description, which both notations give."""
    return imported(NEW, tmp_path_factory.mktemp("api"), request.param)


def test_operations_become_scenarios(draft: SuiteDraft) -> None:
    """With required parameters and those with an example; what a call has by itself is left out."""
    assert phrases(draft, "GET /orders") == [
        'Given an access token for client "oauth"',
        'And the request header "X-Trace" is "on"',
        'And the query parameter "top" is "5"',
        'And the query parameter "q" is "it\'s \\"quoted\\""',
        'When I send a GET request to the iFlow "orders-api-v1-orders"',
        "Then the response status is 200",
        'And the response matches the schema "orders-api/list-orders.schema.json"',
    ]
    assert phrases(draft, "POST /orders")[-2:] == [
        'When I send a POST request to the iFlow "orders-api-v1-orders" '
        'with the file "orders-api/create-order.json"',
        "Then the response status is 201",
    ]
    assert phrases(draft, "DELETE /orders/{id}/items({item})") == [
        'Given the request path ends with "/A%2F1%20%24%7Bx%7D/items(1)"',
        'When I send a DELETE request to the iFlow "orders-api-v1-orders"',
        "Then the response status is a success",
    ]
    assert phrases(draft, "POST /forms")[:3] == [
        'Given an access token for client "plain"',
        'And the form field "a" is "true"',
        'And the form field "b" is "7"',
    ]
    assert 'And the request header "Content-Type" is "application/edifact"' in phrases(draft, "PUT /texts")


def test_payloads_and_schemas_stand_for_themselves(draft: SuiteDraft) -> None:
    """A request lacks what is read only; the schema of the answer has what it refers to, and null."""
    files = {file.path: file.data for file in draft.files}
    body = json.loads(files["payloads/orders-api/create-order.json"])
    assert body == {"created": "2026-01-31T12:00:00Z", "note": "text", "x": "text"}
    schema = json.loads(files["schemas/orders-api/list-orders.schema.json"])
    answer = [
        {"id": "1", "created": "2026-01-31T12:00:00Z", "note": None, "parent": {"id": "0", "created": "x"}}
    ]
    jsonschema.Draft4Validator(schema).validate(answer)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(schema).validate([{"id": "1"}])
    assert files["payloads/orders-api/put-texts.txt"] == b"UNB+1'"


def test_the_tenant_gets_clients_and_iflows(draft: SuiteDraft) -> None:
    """Where the keys of the clients are expected is said; no secret is anywhere."""
    (tenant,) = draft.tenants
    assert (tenant.tenant, tenant.environment) == ("trial", "test")
    assert {each.name: each.service_key for each in tenant.clients} == {
        "oauth": "env:TRIAL_TEST_OAUTH_SERVICE_KEY",
        "plain": "env:TRIAL_TEST_PLAIN_SERVICE_KEY",
    }
    assert {each.name: each.address for each in tenant.iflows} == {
        "orders-api-v1-orders": "/http/orders-api/v1/orders",
        "orders-api-v1-forms": "/http/orders-api/v1/forms",
        "orders-api-v1-texts": "/http/orders-api/v1/texts",
        "orders-api-v1-xml": "/http/orders-api/v1/xml",
    }


def test_what_is_left_is_listed(draft: SuiteDraft) -> None:
    """One remark for each thing that nothing was made of."""
    left = {(each.origin, each.what.split(" ")[0]) for each in draft.remarks if each.fate.value == "left"}
    assert left == {
        ("GET /orders", "The"),  # a cookie
        ("PUT /texts", "Its"),  # callbacks
        ("PUT /xml", "A"),  # a body in XML
        ("security scheme key", "Of"),
    }


def test_version_2_is_read(tmp_path: Path) -> None:
    """Its bodies are parameters, its schemas definitions, and an empty list of required members is none."""
    draft = imported(OLD, tmp_path)
    assert phrases(draft, "POST /a") == [
        'Given the query parameter "n" is "0"',
        'When I send a POST request to the iFlow "old-a" with the file "old/post-a.json"',
        "Then the response status is 200",
        'And the response matches the schema "old/post-a.schema.json"',
    ]
    assert phrases(draft, "PUT /a")[0] == 'Given the form field "f" is "text"'


def test_addresses_are_those_of_the_tenant(tmp_path: Path) -> None:
    """A flow of its file is called by its name; a path that differs in case is reported."""
    text = """
        [environments.test.clients.default]
        service-key = "env:KEY"
        [environments.test.iflows.shop]
        address = "/orders-api/v1/orders/*"
        [environments.test.iflows.forms]
        address = "/Orders-API/v1/Forms"
        """
    (tmp_path / "tenants").mkdir()
    (tmp_path / "tenants/trial.toml").write_text(text, encoding="utf-8")
    draft = imported(NEW, tmp_path)
    assert phrases(draft, "DELETE /orders/{id}/items({item})")[:2] == [
        'Given the request path ends with "/A%2F1%20%24%7Bx%7D/items(1)"',
        'When I send a DELETE request to the iFlow "shop"',
    ]
    (told,) = [each.what for each in draft.remarks if each.origin == "POST /forms" and "case" in each.what]
    assert "/http/Orders-API/v1/Forms" in told


def test_the_suite_is_written_and_passes_lint(project: InnerProject) -> None:
    """By the command, as a user calls it."""
    project.write("api.json", json.dumps(NEW))
    run = project.command("import", "openapi", "api.json", "--tenant=trial")
    assert run.code == 0, run.text
    assert "8 taken, 0 changed, 4 left" in run.out
    lint = project.command("lint")
    assert (lint.code, "Nothing was found" in lint.text) == (0, True), lint.text


def test_passwords_of_examples_are_not_written(project: InnerProject) -> None:
    """Those of a schema, and of a whole example."""
    login = {
        "type": "object",
        "properties": {
            "user": {"type": "string", "example": "ada"},
            "pass": {"type": "string", "format": "password", "example": "Tulip-Ridge-2291"},
        },
    }

    def operation(**media: Any) -> dict[str, Any]:
        body = {"content": {"application/json": {"schema": login, **media}}}
        return {"post": {"requestBody": body, "responses": {"200": {"description": ""}}}}

    whole = {"user": "ada", "pass": "Harbour-Moss-7734"}
    paths = {"/a": operation(), "/b": operation(example=whole)}
    api = {"openapi": "3.0.3", "info": {"title": "Logins"}, "paths": paths}
    folder = project.write("logins/api.json", json.dumps(api)).parent
    run = project.command("import", "openapi", "logins/api.json", "--into", "logins/suite")
    assert run.code == 0, run.text
    written = [path.read_text(encoding="utf-8") for path in (folder / "suite").rglob("*") if path.is_file()]
    assert sum('"***"' in text for text in written) >= 2
    assert not any(each in text for text in (*written, run.text) for each in ("Tulip", "Harbour"))
