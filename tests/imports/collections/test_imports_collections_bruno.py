"""Collections of Bruno, as folders of its own language and as JSON, and exports of Insomnia in JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.drafts.draft import Fate, SuiteDraft
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.imports.collections.bru import blocks_of
from pytest_iflow.imports.collections.bruno_assertions import check_script
from pytest_iflow.imports.kinds import Request, read_draft

HOST = "https://x.it-cpi001-rt.cfapps.eu10.hana.ondemand.com"
SENT = """meta {
  name: Create: an order
  type: http
  seq: 2
}

post {
  url: {{host}}/http/orders/:id?lang=de
  body: json
  auth: inherit
}

params:path {
  id: 4711
}

headers {
  X-Channel: bruno
  ~X-Off: 1
}

body:json {
  {
    "a": "{{lang}}"
  }
}

assert {
  res.status: eq 202
  res.body.items[0].id: contains a
  ~res.body.off: isNull
}

script:post-response {
  bru.setVar("order", res.body.id);
}

tests {
  test("a", function() {
    expect(res.getBody().status).to.equal("ACCEPTED");
    if (x) {
    }
  });
}
"""
EXPECTED = [
    'Given the request header "X-Channel" is "bruno"',
    'And the query parameter "lang" is "de"',
    'When I send a POST request to the iFlow "orders-4711" with the body:',
    'Then the response value at "$.status" is "ACCEPTED"',
    "And the response status is 202",
    'And the response value at "$.items[0].id" contains "a"',
]


def steps(draft: SuiteDraft) -> list[str]:
    """Return the steps of the first scenario."""
    return [f"{step.keyword} {step.phrase}" for step in draft.features[0].scenarios[0].steps]


def folder(root: Path) -> Path:
    """Write a collection as a folder."""
    files = {
        "bruno.json": '{"version": "1", "name": "Shop", "type": "collection"}',
        "collection.bru": "auth {\n  mode: basic\n}\n\nauth:basic {\n  username: u\n  password: {{pw}}\n}\n",
        "environments/Test.bru": f"vars {{\n  host: {HOST}\n  lang: fr\n}}\nvars:secret [\n  pw\n]\n",
        "orders/folder.bru": "meta {\n  name: All orders\n}\n",
        "orders/create.bru": SENT,
        "orders/first.bru": SENT.replace("seq: 2", "seq: 1").replace("Create: an order", "First"),
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def test_a_folder_becomes_features(tmp_path: Path) -> None:
    """In the order of its numbers, with assertions, scripts, and what the collection says of all.

    A file that cannot be read is told, and keeps no other one back.
    """
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "binary.bru").write_bytes(b"\xfe\xfe\xfe")
    draft = read_draft("bruno", Request(folder(tmp_path / "shop"), tmp_path / "suite", tenant="trial"))
    (feature,) = draft.features
    unread = next(each for each in draft.remarks if each.fate is Fate.LEFT)
    assert (unread.origin, unread.what) == ("shop/binary.bru", "The source is no text in UTF-8 (byte 0).")
    assert (feature.name, [each.name for each in feature.scenarios]) == (
        "All orders",
        ["First", "Create: an order"],
    )
    assert steps(draft) == EXPECTED
    assert "if (x) {" in "\n".join(feature.scenarios[0].comments)
    assert draft.tenants[0].variables == (("lang", "fr"),)
    assert draft.tenants[0].clients[0].runtime_auth == "basic"


def test_exported_json_is_the_same(tmp_path: Path) -> None:
    """As Bruno writes it, with environments in it."""
    document = {
        "name": "Shop",
        "items": [
            {
                "type": "folder",
                "name": "All orders",
                "items": [
                    {
                        "type": "http",
                        "name": "First",
                        "request": {
                            "url": "{{ _.host }}/http/orders/:id?lang=de",
                            "method": "POST",
                            "params": [{"name": "id", "value": "4711", "type": "path"}],
                            "headers": [{"name": "X-Channel", "value": "bruno", "enabled": True}],
                            "body": {"mode": "json", "json": '{"a": "{{lang}}"}'},
                            "auth": {"mode": "basic", "basic": {"username": "u", "password": "p"}},
                            "assertions": [
                                {"name": "res.status", "value": "eq 202", "enabled": True},
                                {"name": "res.body.items[0].id", "value": "contains a"},
                            ],
                            "tests": 'expect(res.body.status).to.equal("ACCEPTED");',
                        },
                    }
                ],
            }
        ],
        "environments": [{"name": "T", "variables": [{"name": "lang", "value": "fr", "enabled": True}]}],
    }
    source = tmp_path / "shop.json"
    source.write_text(json.dumps(document), encoding="utf-8")
    draft = read_draft("bruno", Request(source, tmp_path / "suite"))
    assert steps(draft) == EXPECTED


def test_an_export_of_insomnia_is_read(tmp_path: Path) -> None:
    """Resources by their parents, in the order in which Insomnia shows them."""
    request: dict[str, Any] = {
        "_type": "request",
        "parentId": "f",
        "method": "POST",
        "url": "{{ _.host }}/http/orders",
        "parameters": [{"name": "lang", "value": "de"}, {"name": "off", "value": "1", "disabled": True}],
        "body": {"mimeType": "application/json", "text": '{"a": "{{ _.lang }}", "b": "{% uuid %}"}'},
        "authentication": {"type": "basic", "username": "u", "password": "p"},
    }
    document = {
        "_type": "export",
        "__export_format": 4,
        "resources": [
            {**request, "_id": "2", "name": "Second", "metaSortKey": 2},
            {**request, "_id": "1", "name": "First", "metaSortKey": -1},
            {"_id": "f", "_type": "request_group", "parentId": "w", "name": "Orders"},
            {"_id": "w", "_type": "workspace", "name": "Shop"},
            {"_id": "e", "_type": "environment", "parentId": "w", "name": "Base", "data": {"lang": "fr"}},
        ],
    }
    source = tmp_path / "shop.json"
    source.write_text(json.dumps(document), encoding="utf-8")
    draft = read_draft("insomnia", Request(source, tmp_path / "suite"))
    assert [each.name for each in draft.features[0].scenarios] == ["First", "Second"]
    assert steps(draft)[:2] == [
        'Given the query parameter "lang" is "de"',
        'When I send a POST request to the iFlow "orders" with the body:',
    ]
    assert draft.features[0].scenarios[0].steps[1].doc_string == '{"a": "${lang}", "b": "${uuid}"}'
    assert draft.tenants[0].variables == (("lang", "fr"),)


@pytest.mark.parametrize("kind", ["bruno", "insomnia"])
@pytest.mark.parametrize("text", ["{}", "[]", '{"items": 3, "resources": [1]}', "{", ""])
def test_what_is_no_collection_is_refused(tmp_path: Path, kind: str, text: str) -> None:
    """With a sentence."""
    source = tmp_path / "x.json"
    source.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError):
        read_draft(kind, Request(source, tmp_path / "suite"))


def test_a_folder_without_requests_is_refused(tmp_path: Path) -> None:
    """With a sentence."""
    with pytest.raises(ConfigurationError, match="no request of Bruno"):
        read_draft("bruno", Request(tmp_path, tmp_path / "suite"))


def test_blocks_are_read_whatever_is_in_them() -> None:
    """Braces in texts, values of several lines, what is cut off or stands outside of blocks."""
    text = "junk\nbody:text {\n  {\n    }\n  a: b\n}\nvars {\n  a: '''\n    x\n    y\n  '''\n  b: 1:2\n}\n"
    text += "docs {\n  cut"
    found = blocks_of(text)
    assert found["body:text"].text == "{\n  }\na: b"
    assert (found["vars"].value("a"), found["vars"].value("b")) == ("x\ny", "1:2")
    assert found["docs"].text == "cut"


@pytest.mark.parametrize(
    ("expected", "statement"),
    [
        ("eq 200", "to.equal(200)"),
        ("plain text", "to.equal('plain text')"),
        ("in a, 1", "to.be.oneOf(['a', 1])"),
        ("notIn [1, 2]", "to.not.be.oneOf([1, 2])"),
        ("between 1, 5", "to.be.within(1, 5)"),
        ("matches /^a/b$/", r"to.match(/^a\/b$/)"),
        (r"notMatches ^\d+$", r"to.not.match(/^\d+$/)"),
        ("startsWith a.b/c", r"to.match(/^a\.b\/c/)"),
        ("endsWith 'z'", "to.match(/z$/)"),
        ("isNotEmpty", "to.not.be.empty"),
        ("isTruthy", "to.be.true"),
        ("isFalsy", "to.be.false"),
    ],
)
def test_assertions_are_statements_of_their_operator(expected: str, statement: str) -> None:
    """Each of Bruno; without one it is equality."""
    assert check_script("res.body.a", expected) == f"expect(res.body.a).{statement};"
