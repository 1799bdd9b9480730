"""Exports of Insomnia: version 5 in YAML, and version 4 in JSON or YAML, told apart by what they hold."""

from __future__ import annotations

import codecs
import copy
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from pytest_iflow.drafts.draft import Fate, SuiteDraft
from pytest_iflow.drafts.writing import write_draft
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.imports.kinds import Request, read_draft
from pytest_iflow.imports.yaml_source import parsed_texts

HOST = "https://x.it-cpi001-rt.cfapps.eu10.hana.ondemand.com"
V5 = """type: collection.insomnia.rest/5.0
schema_version: "5.1"
name: Shop
meta:
  id: wrk_1
collection:
  - name: Orders
    meta:
      id: fld_1
      description: All that concerns orders.
    headers:
      - name: X-Channel
        value: folder
      - name: X-Off
        value: "1"
        disabled: true
    authentication:
      type: oauth2
      grantType: client_credentials
      clientId: shop-client
      clientSecret: N0t-For-The-Suite-9
      credentialsInBody: true
    scripts:
      afterResponse: insomnia.expect(insomnia.response.responseTime).to.be.below(5000);
    children:
      - url: "{{ _.host }}/http/orders/:id"
        name: Second
        meta:
          id: req_2
          sortKey: 2
        method: GET
        pathParameters:
          - name: id
            value: "4711"
        authentication:
          type: basic
          username: u
          password: "{{ _.password }}"
      - url: "{{ _.host }}/http/orders"
        name: First
        meta:
          id: req_1
          description: Makes an order.
          sortKey: -1.5
        method: POST
        body:
          mimeType: application/json
          text: |-
            {
              "lang": "{{ _.defaults.lang }}", "id": "{% uuid 'v4' %}", "b": "{{ _['sales-org'] }}"
            }
        parameters:
          - name: trace
            value: on
          - name: off
            value: "1"
            disabled: true
        headers:
          - name: x-channel
            value: own
        scripts:
          afterResponse: |-
            insomnia.test('made', () => {
              insomnia.expect(insomnia.response.code).to.eql(201);
            });
      - url: wss://example.com
        name: Socket
        meta:
          id: ws-req_3
environments:
  name: Base
  data:
    host: HOST
    password: N0t-For-The-Suite-9
    sales-org: 0100
    defaults:
      lang: fr
    __insomnia_vault:
      pin: encrypted-text
  subEnvironments:
    - name: Test
      data:
        sales-org: "0200"
cookieJar:
  name: Default Jar
""".replace("HOST", HOST)


def steps(draft: SuiteDraft, number: int = 0) -> list[str]:
    """Return the steps of a scenario of the first feature."""
    return [f"{step.keyword} {step.phrase}" for step in draft.features[0].scenarios[number].steps]


def imported(folder: Path, text: str, **options: Any) -> SuiteDraft:
    """Return the draft of an export, in a file whose name says nothing."""
    source = folder / "export"
    source.write_text(text, encoding="utf-8")
    return read_draft("insomnia", Request(source, folder / "suite", tenant="trial", **options))


def document(**members: Any) -> str:
    """Return the export above with other members; one that is None is not there."""
    held = {**yaml.safe_load(V5), **members}
    return yaml.safe_dump({name: value for name, value in held.items() if value is not None})


def test_version_5_becomes_a_feature_for_each_folder(tmp_path: Path) -> None:
    """In the order of the list, with what a request inherits: authorisation, headers, scripts."""
    draft = imported(tmp_path, V5)
    (feature,) = draft.features
    assert [each.name for each in feature.scenarios] == ["First", "Second"]
    assert feature.description == "All that concerns orders."
    assert feature.scenarios[0].comments == ("Makes an order.",)
    assert steps(draft) == [
        'Given the request header "x-channel" is "own"',
        'And the query parameter "trace" is "on"',
        'When I send a POST request to the iFlow "orders" with the body:',
        "Then the response arrives within 5 seconds",
        "And the response status is 201",
    ]
    body = feature.scenarios[0].steps[2].doc_string
    assert body == '{\n  "lang": "${defaults-lang}", "id": "${uuid}", "b": "${sales-org}"\n}'
    assert 'And the request header "X-Channel" is "folder"' in steps(draft, 1)
    assert [iflow.address for iflow in draft.tenants[0].iflows] == ["/http/orders", "/http/orders/4711"]


def test_variables_and_clients_are_those_of_the_export(tmp_path: Path) -> None:
    """A number is as it was written; an environment has what its base has, and its own values first."""
    (tenant,) = imported(tmp_path, V5).tenants
    assert dict(tenant.variables) == {"sales-org": "0100", "defaults-lang": "fr"}
    assert [(each.auth, each.runtime_auth) for each in tenant.clients] == [("post", ""), ("", "basic")]
    (other,) = imported(tmp_path, V5, environment="Test").tenants
    assert dict(other.variables) == {"sales-org": "0200", "defaults-lang": "fr"}


def test_no_secret_of_an_export_is_in_the_suite(tmp_path: Path) -> None:
    """Neither of an environment, nor of an authorisation, nor of the vault."""
    text = V5.replace('"lang":', '"pin": "{{ _.vault.pin }}", "password": "{{ _.password }}", "lang":')
    draft = imported(tmp_path, text)
    write_draft(draft, tmp_path / "suite")
    written = b"".join(path.read_bytes() for path in (tmp_path / "suite").rglob("*") if path.is_file())
    assert b'"pin": "***", "password": "***"' in written
    assert b"N0t-For" not in written
    assert b"encrypted-text" not in written
    assert "N0t-For" not in str(draft)


def test_what_is_no_request_of_http_is_told(tmp_path: Path) -> None:
    """Each with its name; also the test suites of a design document."""
    suites = [{"name": "Smoke", "tests": []}]
    draft = imported(tmp_path, document(type="spec.insomnia.rest/5.0", testSuites=suites))
    left = [(each.origin, each.what) for each in draft.remarks if each.fate is Fate.LEFT]
    assert left == [
        ("Smoke", "A test suite of Insomnia sends requests itself, and is not read."),
        ("Orders / Socket", "It is a request of WebSocket, which no step sends."),
    ]


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ({"type": "GrpcRequest", "url": "x"}, "gRPC"),
        ({"protoFileId": "p", "url": "x"}, "gRPC"),
        ({"meta": {"id": "greq_1"}, "url": "x"}, "gRPC"),
        ({"eventListeners": [], "url": "x"}, "Socket.IO"),
        ({"type": "WebSocketRequest", "url": "x", "method": "GET"}, "WebSocket"),
        ({"name": "?"}, "no request and no folder"),
    ],
)
def test_kinds_of_requests_are_told_apart(tmp_path: Path, item: dict[str, Any], kind: str) -> None:
    """By their type since 5.2, before by their ids and members."""
    request = {"name": "R", "method": "GET", "url": f"{HOST}/http/a"}
    draft = imported(tmp_path, document(collection=[item, request]))
    assert [each.name for each in draft.features[0].scenarios] == ["R"]
    assert kind in next(each.what for each in draft.remarks if each.fate is Fate.LEFT)


def test_folders_may_set_one_variable_differently(tmp_path: Path) -> None:
    """Each request gets the value of its folder; a secret is written nowhere."""
    folders = [
        {
            "name": name,
            "environment": {"path": name, "token": f"S3cret-of-{name}"},
            "children": [
                {"name": "R", "method": "GET", "url": f"{HOST}/http/{{{{ _.path }}}}?t={{{{ _.token }}}}"}
            ],
        }
        for name in ("acts", "users")
    ]
    draft = imported(tmp_path, document(collection=folders))
    assert [iflow.address for iflow in draft.tenants[0].iflows] == ["/http/acts", "/http/users"]
    assert "S3cret-of" not in str(draft)


def test_an_environment_of_its_own_is_added(tmp_path: Path) -> None:
    """With --with; alone it has nothing to import, and the error says so."""
    beside = tmp_path / "global"
    beside.write_text(
        "type: environment.insomnia.rest/5.0\nname: G\nenvironments:\n  data:\n    defaults: {lang: it}\n",
        encoding="utf-8",
    )
    (tenant,) = imported(tmp_path, document(environments=None), beside=(beside,)).tenants
    assert ("defaults-lang", "it") in tenant.variables
    with pytest.raises(ConfigurationError, match="kind environment") as caught:
        read_draft("insomnia", Request(beside, tmp_path / "suite"))
    assert "--with" in str(caught.value)


def v4(*requests: dict[str, Any]) -> dict[str, Any]:
    """Return an export of version 4 with a folder of requests."""
    return {
        "_type": "export",
        "__export_format": 4,
        "resources": [
            *(
                {"_type": "request", "parentId": "f", "_id": str(n), **each}
                for n, each in enumerate(requests)
            ),
            {
                "_id": "f",
                "_type": "request_group",
                "parentId": "w",
                "name": "Orders",
                "authentication": {"type": "basic", "username": "u"},
                "environment": {"kind": "bulk"},
            },
            {"_id": "w", "_type": "workspace", "name": "Shop"},
            {"_id": "e", "_type": "environment", "parentId": "w", "name": "Base", "data": {"lang": "fr"}},
            {"_id": "e2", "_type": "environment", "parentId": "e", "name": "Test", "data": {"host": HOST}},
        ],
    }


@pytest.mark.parametrize(
    "written",
    [json.dumps, yaml.safe_dump, lambda held: yaml.safe_dump(held, default_flow_style=True)],
    ids=["json", "yaml", "flow"],
)
def test_version_4_is_read_from_json_and_yaml(tmp_path: Path, written: Callable[[Any], str]) -> None:
    """Also from YAML that begins like JSON; folders have authorisation and variables as in version 5."""
    url = "{{ _.host }}/http/orders?kind={{ _.kind }}&lang={{ _.lang }}"
    source = written(v4({"name": "R", "url": url, "method": "GET", "authentication": {}}))
    draft = imported(tmp_path, source, environment="Test")
    assert steps(draft)[:3] == [
        'Given the query parameter "kind" is "${kind}"',
        'And the query parameter "lang" is "${lang}"',
        'When I send a GET request to the iFlow "orders"',
    ]
    assert dict(draft.tenants[0].variables) == {"kind": "bulk", "lang": "fr"}
    assert draft.tenants[0].clients[0].runtime_auth == "basic"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\xff\xfe\xfd", "no text"),
        (b"just words", "no export of Insomnia"),
        (b"- a\n- b\n", "no export of Insomnia"),
        (b"openapi: 3.1.0\n", "import it as openapi"),
        (b"type: collection.insomnia.rest/6.0\ncollection: []\n", "version.*6.0"),
        (b"type: collection.insomnia.rest/5.0\ncollection: 3\n", "no request of HTTP"),
        (b"type: spec.insomnia.rest/5.0\nspec: {}\n", "no request of HTTP"),
        (b"type: mock.insomnia.rest/5.0\n", "kind mock"),
        (b"type: collection.insomnia.rest/5.0\nname: [\n", "no YAML"),
        (b"type: a\ntype: b\n", "stands twice"),
        (b'{"resources": [{"_type": "workspace"}]}', "no request in this export"),
        (b'{"a": 1', "no JSON"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, data: bytes, what: str) -> None:
    """What is wrong, where, and what to do."""
    source = tmp_path / "export.yaml"
    source.write_bytes(data)
    with pytest.raises(ConfigurationError, match=what) as caught:
        read_draft("insomnia", Request(source, tmp_path / "suite"))
    assert str(source) in str(caught.value.where)


@pytest.mark.parametrize(
    "data",
    [
        V5.replace("\n", "\r\n").encode(),
        codecs.BOM_UTF8 + V5.encode(),
        V5.encode("utf-16"),
        json.dumps(parsed_texts(V5, Path())).encode(),
    ],
    ids=["windows", "bom", "utf-16", "json"],
)
def test_other_forms_of_the_text_are_the_same(tmp_path: Path, data: bytes) -> None:
    """Ends of lines, marks and encodings; also version 5 that somebody converted to JSON."""
    source = tmp_path / "export"
    source.write_bytes(data)
    draft = read_draft("insomnia", Request(source, tmp_path / "suite", tenant="trial"))
    assert draft.features == imported(tmp_path, V5).features


def test_folders_without_end_are_refused(tmp_path: Path) -> None:
    """With a sentence, however deep they are."""
    for levels in (200, 5_000):
        text = "type: collection.insomnia.rest/5.0\ncollection: "
        text += "[{children: " * levels + "[]" + "}]" * levels
        with pytest.raises(ConfigurationError, match="nest"):
            imported(tmp_path, text)


def test_a_large_file_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    """With the limit."""
    with pytest.raises(ConfigurationError, match="too large") as caught:
        imported(tmp_path, "a: " + "x" * 10_000_001)
    assert "10,000,000" in str(caught.value)


WEIRD: tuple[Any, ...] = (
    *(None, True, -1, 1e300, [], {}, [None], [[]], {"key": 1}),
    *("", "nan", "{{", "a\nb", "../.."),
)


def test_wrong_types_anywhere_are_no_trouble(tmp_path: Path) -> None:
    """Each member of an export in turn is something else: it is read, or refused with a sentence."""
    chance = random.Random(5)  # noqa: S311, no secret
    held, read = yaml.safe_load(V5), 0
    for way in _ways(held):
        changed = copy.deepcopy(held)
        node = changed
        for key in way[:-1]:
            node = node[key]
        node[way[-1]] = chance.choice(WEIRD)
        try:
            imported(tmp_path, json.dumps(changed))
        except ConfigurationError:
            continue
        read += 1
    assert read > 50


def _ways(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the ways to all parts of a document."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [way for key, value in inner for way in ((*path, key), *_ways(value, (*path, key)))]


KEPT = frozenset({"type", "id", "method", "mimeType", "url", "sortKey"})
"""Members whose texts mean something to the format."""


def planted(node: Any, secret: str) -> Any:
    """Return a document with a secret behind each other text."""
    if isinstance(node, list):
        return [planted(each, secret) for each in node]
    if isinstance(node, dict):
        return {name: each if name in KEPT else planted(each, secret) for name, each in node.items()}
    return f"{node} {secret}" if isinstance(node, str) and node != HOST else node


@pytest.mark.parametrize(
    "secret", ["11111111-2222-3333-4444-555555555555$" + "aB3_" * 10, "ghp_" + "a1B2" * 9]
)
def test_a_pasted_secret_is_nowhere_in_the_suite(tmp_path: Path, secret: str) -> None:
    """In names, headers, bodies, scripts, variables: neither written, nor in what is told."""
    source = tmp_path / "c"
    source.write_text(yaml.safe_dump(planted(parsed_texts(V5, Path()), secret)), encoding="utf-8")
    draft = read_draft("insomnia", Request(source, tmp_path / "suite", tenant="trial"))
    write_draft(draft, tmp_path / "suite")
    written = [path for path in (tmp_path / "suite").rglob("*") if path.is_file()]
    assert any(path.suffix == ".feature" for path in written)
    assert not [path for path in written if secret in path.name or secret.encode() in path.read_bytes()]
    assert secret not in str(draft)
