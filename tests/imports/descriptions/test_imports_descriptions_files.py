"""What is no description, or would do harm: each import says so, writes nothing, and ends soon."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.imports.kinds import Request, read_draft

LAUGHS = (
    '<!DOCTYPE l [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)).replace("&a0;", "&a;")
    + "]><l>&a9;</l>"
)
OUTSIDE = '<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/hostname">]><definitions>&x;</definitions>'
ALIASES = "a: &a [x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(20)
)
DEEP = "[" * 200_000
API: dict[str, Any] = {"openapi": "3.0.1", "info": {"title": "A"}, "paths": {}}

UNUSABLE = [
    ("openapi", "", "no description in OpenAPI"),
    ("openapi", "{", "no JSON"),
    ("openapi", '{"openapi": "3.0.1", }', "no JSON"),
    ("openapi", DEEP, "cannot be read"),
    ("openapi", "a: [", "no YAML"),
    ("openapi", "a: 'b", "no YAML"),
    ("openapi", ALIASES, "alias"),
    ("openapi", "a: !!python/object/apply:os.system [ls]", "no YAML|cannot be read"),
    ("openapi", "swagger: 1.2", "no description in OpenAPI"),
    ("openapi", "openapi: 3.0.1\npaths: [1]", "no description in OpenAPI"),
    ("openapi", "[1, 2]", "no description in OpenAPI"),
    ("openapi", "\x00\x01", "YAML"),
    ("wsdl", "", "no well-formed XML"),
    ("wsdl", "<definitions", "no well-formed XML"),
    ("wsdl", "<root/>", "no WSDL 1.1"),
    ("wsdl", '<description xmlns="http://www.w3.org/ns/wsdl"/>', "WSDL 2.0"),
    ("wsdl", '<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"/>', "no operation"),
    ("wsdl", LAUGHS, "document type|amplification"),
    ("wsdl", OUTSIDE, "document type"),
    ("wsdl", "<a>" * 100_000, "no well-formed XML"),
    ("edmx", "{}", "no well-formed XML"),
    ("edmx", "<root/>", "no EDMX"),
    ("edmx", "<Edmx/>", "no entity container"),
    ("edmx", "<Edmx><Schema><EntityContainer/></Schema></Edmx>", "no entity set"),
    ("edmx", LAUGHS, "document type|amplification"),
    ("edmx", OUTSIDE, "document type"),
]


@pytest.mark.parametrize(("kind", "text", "why"), UNUSABLE, ids=lambda each: str(each)[:30])
def test_what_cannot_be_read_is_refused_in_words(kind: str, text: str, why: str, tmp_path: Path) -> None:
    """With the file, and without a traceback."""
    file = tmp_path / "source.txt"
    file.write_text(text, encoding="utf-8")
    began = time.process_time()
    with pytest.raises(ConfigurationError, match=why) as caught:
        read_draft(kind, Request(file, tmp_path))
    assert "source.txt" in str(caught.value)
    assert time.process_time() - began < 5


@pytest.mark.parametrize("kind", ["openapi", "wsdl", "edmx"])
def test_a_file_that_is_missing_or_too_large_is_refused(kind: str, tmp_path: Path) -> None:
    """Before it is read; so is none at all."""
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(50_000_001)
    for source, why in (
        (tmp_path / "none", "read|no such"),
        (large, "larger than 50 MB"),
        (None, "No file is named"),
    ):
        with pytest.raises(ConfigurationError, match=why):
            read_draft(kind, Request(source, tmp_path))


WRONG: list[Any] = [None, 7, "text", [], [7], {}, {"x": 7}, True]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_an_api_with_wrong_types_everywhere_is_read_as_far_as_it_goes(wrong: Any, tmp_path: Path) -> None:
    """One of each kind of thing is something else; the operation beside it is taken."""
    good = {"get": {"responses": {"200": {"description": "well"}}}}
    operation = {
        "operationId": wrong, "summary": wrong, "tags": wrong, "parameters": wrong, "security": wrong,
        "requestBody": {"content": {"application/json": {"schema": wrong, "examples": wrong}}},
        "responses": {
            "200": {"content": {"application/json": {"schema": {"properties": wrong}}}},
            "201": wrong,
        },
    }  # fmt: skip
    parameter = {"name": "p", "in": wrong, "schema": wrong, "required": True}
    paths = {
        "/good": good,
        "/wrong": wrong,
        "/get": {"get": wrong, "parameters": wrong},
        "/operation": {"post": operation},
        "/{p}/q": {
            "get": {
                "parameters": [parameter, wrong],
                "requestBody": wrong,
                "responses": wrong,
                "callbacks": wrong,
            }
        },
    }
    for version in ({"openapi": "3.0.1"}, {"openapi": "3.1.0"}, {"swagger": "2.0"}):
        for part in ("info", "servers", "components", "tags", "security", "basePath", "securityDefinitions"):
            file = tmp_path / "api.json"
            file.write_text(json.dumps({**version, "paths": paths, part: wrong}), encoding="utf-8")
            draft = read_draft("openapi", Request(file, tmp_path))
            origins = [scenario.origin for feature in draft.features for scenario in feature.scenarios]
            assert "GET /good" in origins


def test_references_are_not_fetched_and_circles_end(tmp_path: Path) -> None:
    """Those to other files and addresses are listed; operations that need them say what is missing."""
    schemas = {
        "a": {"$ref": "#/components/schemas/b"},
        "b": {"$ref": "#/components/schemas/a"},
        "node": {
            "type": "object",
            "required": ["n"],
            "properties": {"n": {"$ref": "#/components/schemas/node"}},
        },
        "bomb0": {"type": "string"},
        **{f"bomb{n}": {"allOf": [{"$ref": f"#/components/schemas/bomb{n - 1}"}] * 2} for n in range(1, 40)},
    }

    def takes(reference: str) -> dict[str, Any]:
        body = {"content": {"application/json": {"schema": {"$ref": reference}}}}
        return {"post": {"requestBody": body, "responses": {"200": {**body, "description": ""}}}}

    names = [
        "#/components/schemas/a",
        "#/components/schemas/node",
        "#/components/schemas/bomb39",
        "#/nothing",
    ]
    names += ["https://127.0.0.1:1/order.json", "order.json#/Order"]
    paths: dict[str, Any] = {f"/p{n}": takes(name) for n, name in enumerate(names)}
    paths["/circle"] = {"$ref": "#/paths/~1circle"}
    file = tmp_path / "api.json"
    file.write_text(json.dumps({**API, "paths": paths, "components": {"schemas": schemas}}), encoding="utf-8")
    began = time.process_time()
    draft = read_draft("openapi", Request(file, tmp_path))
    assert time.process_time() - began < 30
    said = {remark.origin: remark.what for remark in draft.remarks if remark.fate.value != "taken"}
    assert {"https://127.0.0.1:1/order.json", "order.json#/Order", "#/nothing", "/circle"} <= said.keys()
    assert "without end" in said["POST /p1"]
    assert len(draft.features) == len(names)
