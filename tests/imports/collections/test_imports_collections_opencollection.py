"""Collections of Bruno in YAML: a folder with a file for each request, and one file with all of it."""

from __future__ import annotations

import copy
import json
import random
import sys
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
ROOT = """opencollection: "1.0.0"
info:
  name: Shop
extensions:
  bruno:
    ignore:
      - drafts
request:
  headers:
    - name: X-Channel
      value: collection
    - name: X-Off
      value: "1"
      disabled: true
  auth:
    type: oauth2
    flow: client_credentials
    accessTokenUrl: https://example.com/oauth/token
    credentials:
      clientId: shop-client
      clientSecret: N0t-For-The-Suite-8
      placement: body
  variables:
    - name: lang
      value:
        type: string
        data: fr
"""
FOLDER = """info:
  name: All orders
  type: folder
request:
  auth: inherit
  scripts:
    - type: tests
      code: expect(res.responseTime).to.be.below(5000);
docs:
  content: All that concerns orders.
  type: text/markdown
"""
CREATE = """info:
  name: Create an order
  type: http
  seq: 2
http:
  method: post
  url: "{{host}}/http/orders/:id?lang=de"
  params:
    - name: id
      value: "4711"
      type: path
    - name: lang
      value: de
      type: query
    - name: trace
      value: on
      type: query
  headers:
    - name: x-channel
      value: own
  body:
    type: json
    data: |-
      {
        "a": "{{lang}}", "b": "{{mine}}", "c": "{{password}}"
      }
  auth: inherit
runtime:
  variables:
    - name: mine
      value: "1.50"
  scripts:
    - type: tests
      code: |-
        test("a", function() {
          expect(res.getBody().status).to.equal("ACCEPTED");
        });
  assertions:
    - expression: res.status
      operator: eq
      value: "202"
    - expression: res.body.id
      operator: startsWith
      value: a/b
    - expression: res.body.off
      operator: isNull
      disabled: true
  actions:
    - type: set-variable
      phase: after-response
      selector:
        expression: res.body.id
        method: jsonq
      variable:
        name: order
        scope: runtime
examples:
  - name: accepted
    response:
      status: 202
      headers:
        - name: Content-Type
          value: application/json
      body:
        type: json
        data: '{"status": "ACCEPTED", "id": "a/b/1"}'
docs: Makes an order.
"""
FIRST = """info:
  name: First
  type: http
  seq: 1
http:
  method: GET
  url: "{{host}}/http/orders"
  auth:
    type: basic
    username: u
    password: "{{password}}"
"""
ENVIRONMENT = f"""name: Test
variables:
  - name: host
    value: {HOST}
  - name: password
    secret: true
  - name: spare
    value: N0t-For-The-Suite-8
"""
FILES = {
    "opencollection.yml": ROOT,
    "environments/Test.yml": ENVIRONMENT,
    "orders/folder.yml": FOLDER,
    "orders/create.yml": CREATE,
    "orders/first.yml": FIRST,
    "drafts/first.yml": FIRST,
    "node_modules/first.yml": FIRST,
}
EXPECTED = [
    'Given an access token for client "client"',
    'And the request header "x-channel" is "own"',
    'And the query parameter "lang" is "de"',
    'And the query parameter "trace" is "on"',
    'When I send a POST request to the iFlow "orders-4711" with the body:',
    "Then the response arrives within 5 seconds",
    'And the response value at "$.status" is "ACCEPTED"',
    "And the response status is 202",
    'And the response value at "$.id" matches "a/b.*"',
    'And the response equals the golden message "all-orders/create-an-order-response.json"',
]


def folder(root: Path, files: dict[str, str] | None = None) -> Path:
    """Write a collection as a folder; ``files`` are further ones."""
    for name, text in {**FILES, **(files or {})}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def imported(source: Path, **options: Any) -> SuiteDraft:
    """Return the draft of a source."""
    return read_draft("bruno", Request(source, source.parent / "suite", tenant="trial", **options))


def bundled() -> dict[str, Any]:
    """Return the same collection as one file has it."""
    held: dict[str, Any] = {name: parsed_texts(text, Path(name)) for name, text in FILES.items()}
    items = [held["orders/create.yml"], held["orders/first.yml"]]
    return {
        **held["opencollection.yml"],
        "bundled": True,
        "config": {"environments": [held["environments/Test.yml"]]},
        "items": [{**held["orders/folder.yml"], "items": items}],
    }


def steps(draft: SuiteDraft, number: int) -> list[str]:
    """Return the steps of a scenario of the first feature."""
    return [f"{step.keyword} {step.phrase}" for step in draft.features[0].scenarios[number].steps]


def left(draft: SuiteDraft) -> list[tuple[str, str]]:
    """Return what was left, and why."""
    return [(each.origin, each.what) for each in draft.remarks if each.fate is Fate.LEFT]


def test_a_folder_becomes_features(tmp_path: Path) -> None:
    """In the order of its numbers, with what requests inherit, assertions, scripts, actions and examples."""
    draft = imported(folder(tmp_path / "shop"))
    (feature,) = draft.features
    assert (feature.name, feature.description) == ("All orders", "All that concerns orders.")
    assert [each.name for each in feature.scenarios] == ["First", "Create an order"]
    assert steps(draft, 1) == EXPECTED
    sent = next(step for step in feature.scenarios[1].steps if step.keyword == "When")
    assert sent.doc_string == '{\n  "a": "${lang}", "b": "1.50", "c": "***"\n}'
    assert feature.scenarios[1].comments[0] == "Makes an order."
    assert left(draft) == []


def test_variables_and_clients_are_those_of_the_collection(tmp_path: Path) -> None:
    """A token is asked for as the collection says; a variable of one request stands in that request."""
    (tenant,) = imported(folder(tmp_path / "shop")).tenants
    assert dict(tenant.variables) == {"lang": "fr"}
    assert {(each.auth, each.runtime_auth) for each in tenant.clients} == {("post", ""), ("", "basic")}


@pytest.mark.parametrize("ending", ["yml", "json", "anything"])
def test_one_file_is_the_same_as_a_folder(tmp_path: Path, ending: str) -> None:
    """In YAML or JSON, whatever its name is."""
    source = tmp_path / f"exported.{ending}"
    held = json.dumps(bundled()) if ending == "json" else yaml.safe_dump(bundled())
    source.write_text(held, encoding="utf-8")
    one, other = imported(source), imported(folder(tmp_path / "shop"))
    assert one.features == other.features
    assert one.tenants == other.tenants


def test_the_file_of_a_collection_stands_for_its_folder(tmp_path: Path) -> None:
    """And the file of a request for that request."""
    root = folder(tmp_path / "shop")
    assert imported(root / "opencollection.yml").features == imported(root).features
    (feature,) = imported(root / "orders/first.yml", beside=(root / "environments/Test.yml",)).features
    assert [each.name for each in feature.scenarios] == ["First"]


def test_no_secret_of_a_collection_is_in_the_suite(tmp_path: Path) -> None:
    """Neither of an authorisation, nor of an environment, nor one that a request sets."""
    secret = CREATE.replace(
        "  - name: mine", "  - name: password\n      value: N0t-For-The-Suite-7\n    - name: mine"
    )
    draft = imported(folder(tmp_path / "shop", {"orders/create.yml": secret}))
    write_draft(draft, tmp_path / "suite")
    written = b"".join(path.read_bytes() for path in (tmp_path / "suite").rglob("*") if path.is_file())
    assert b'"c": "***"' in written
    assert b"N0t-For" not in written
    assert "N0t-For" not in str(draft)


def test_what_cannot_be_read_is_told_and_the_rest_imported(tmp_path: Path) -> None:
    """With file and line: other files, other protocols, collections within it, broken environments."""
    files = {
        "a.yml": "info:\n  name: a\n  name: b\n",
        "b.yml": "- 1\n",
        "c.yml": "services: {}\n",
        "d.yml": "info: {name: Stream, type: grpc}\ngrpc: {url: x}\n",
        "e.yml": "type: script\nscript: x\n",
        "inner/opencollection.yml": ROOT,
        "environments/Other.yml": "a: &b c\nd: *b\n",
    }
    draft = imported(folder(tmp_path / "shop", files))
    assert sorted(left(draft)) == [
        ("Stream", "It is a request of gRPC, which no step sends."),
        ("a.yml, line 3", 'The name "name" stands twice in one mapping.'),
        ("b.yml", "It is no request of Bruno."),
        ("c", "It is no request of Bruno."),
        ("e", "It is a script that requests share, and no request."),
        ("environments/Other.yml, line 2", "The YAML has an alias (*name), which is not read here."),
        ("inner", "It is a collection of its own: import it by itself."),
    ]
    assert len(draft.features[0].scenarios) == 2


@pytest.mark.parametrize(
    ("body", "phrase", "text"),
    [
        ({"type": "xml", "data": "<a/>"}, 'I call the iFlow "a" without a token', "<a/>"),
        (
            {
                "type": "form-urlencoded",
                "data": [{"name": "b", "disabled": True}, {"name": "a", "value": "1"}],
            },
            'the form field "a" is "1"',
            None,
        ),
        (
            {"type": "multipart-form", "data": [{"name": "f", "type": "file", "value": ["x.bin"]}]},
            'I send the file "c/x.bin" as the form field "f"',
            None,
        ),
        (
            [
                {"title": "x", "body": {"type": "text", "data": "no"}},
                {"selected": True, "body": {"type": "json", "data": "{}"}},
            ],
            'I call the iFlow "a" without a token',
            "{}",
        ),
    ],
)
def test_bodies_are_sent_as_bruno_does(tmp_path: Path, body: Any, phrase: str, text: str | None) -> None:
    """Each kind; of several variants the selected one."""
    (tmp_path / "x.bin").write_bytes(b"x")
    sent = {"method": "POST", "url": f"{HOST}/http/a", "body": body}
    source = tmp_path / "c"
    items = [{"info": {"name": "R", "type": "http"}, "http": sent}]
    source.write_text(json.dumps({"opencollection": "1.0.0", "items": items}), encoding="utf-8")
    found = [(step.phrase, step.doc_string) for step in imported(source).features[0].scenarios[0].steps]
    assert (phrase, text) in found


def test_a_variable_of_an_answer_calls_its_request_first(tmp_path: Path) -> None:
    """An action of Bruno keeps it."""
    kept = f"{FIRST}runtime:\n{CREATE[CREATE.index('  actions:') : CREATE.index('examples:')]}"
    read = FIRST.replace("First", "Read").replace("/http/orders", "/http/read?id={{order}}")
    files = {"orders/first.yml": kept, "orders/read.yml": read.replace("seq: 1", "seq: 3")}
    draft = imported(folder(tmp_path / "shop", files))
    assert 'And I remember the response value at "$.id" as "order"' in steps(draft, 2)
    assert 'And the query parameter "id" is "${order}"' in steps(draft, 2)


def test_environments_extend_each_other(tmp_path: Path) -> None:
    """Their own values go first; of several values of a variable the selected one is taken."""
    value = [{"title": "a", "value": "it"}, {"title": "b", "selected": True, "value": "de"}]
    held = bundled()
    held["request"].pop("variables")
    held["config"]["environments"] = [
        {"name": "Base", "variables": [{"name": "lang", "value": value}, {"name": "host", "value": HOST}]},
        {"name": "Test", "extends": "Base", "variables": [{"name": "host", "value": f"{HOST}/"}]},
    ]
    source = tmp_path / "c"
    source.write_text(json.dumps(held), encoding="utf-8")
    (tenant,) = imported(source, environment="Test").tenants
    assert dict(tenant.variables) == {"lang": "de"}


@pytest.mark.parametrize(
    ("files", "what"),
    [
        ({"opencollection.yml": ""}, "empty"),
        ({"opencollection.yml": "- 1\n"}, "no file of OpenCollection"),
        ({"opencollection.yml": 'opencollection: "1.0.0"\ninfo: {name: x}\n'}, "no request of Bruno"),
        ({"opencollection.yml": "info: {name: W, type: workspace}\n"}, "workspace of Bruno"),
        ({"opencollection.yml": "a: [\n"}, "no YAML"),
    ],
)
def test_what_is_no_collection_is_refused(tmp_path: Path, files: dict[str, str], what: str) -> None:
    """With a sentence, and what to do."""
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=what) as caught:
        imported(tmp_path)
    assert caught.value.where


def test_an_environment_is_no_collection(tmp_path: Path) -> None:
    """And what is none cannot be added as one."""
    root = folder(tmp_path / "shop")
    with pytest.raises(ConfigurationError, match="no collection of Bruno"):
        imported(root / "environments/Test.yml")
    with pytest.raises(ConfigurationError, match="no environment of Bruno"):
        imported(root, beside=(root / "orders/first.yml",))


def test_without_pyyaml_nothing_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Instead of a list of files that could not be read."""
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(ConfigurationError, match="PyYAML has to be installed"):
        imported(folder(tmp_path / "shop"))


def test_windows_ends_of_lines_change_nothing(tmp_path: Path) -> None:
    """Nor does a mark at the beginning."""
    root = folder(tmp_path / "shop")
    plain = imported(root)
    for path in root.rglob("*.yml"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert imported(root).features == plain.features


def test_folders_without_end_are_refused(tmp_path: Path) -> None:
    """With a sentence."""
    source = tmp_path / "c"
    source.write_text("opencollection: 1\nitems: " + "[{items: " * 300 + "[]" + "}]" * 300, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="nested deeper"):
        imported(source)


WEIRD: tuple[Any, ...] = (
    *(None, True, -1, 1e300, [], {}, [None], [[]], {"key": 1}),
    *("", "nan", "{{", "a\nb", "../.."),
)


def test_wrong_types_anywhere_are_no_trouble(tmp_path: Path) -> None:
    """Each member of a collection in turn is something else: it is read, or refused with a sentence."""
    chance = random.Random(7)  # noqa: S311, no secret
    held, read, source = bundled(), 0, tmp_path / "c"
    for way in _ways(held):
        changed = copy.deepcopy(held)
        node: Any = changed
        for key in way[:-1]:
            node = node[key]
        node[way[-1]] = chance.choice(WEIRD)
        source.write_text(json.dumps(changed), encoding="utf-8")
        try:
            imported(source)
        except ConfigurationError:
            continue
        read += 1
    assert read > 100


def _ways(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the ways to all parts of a document."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [way for key, value in inner for way in ((*path, key), *_ways(value, (*path, key)))]


KEPT = frozenset({"type", "method", "phase", "operator", "url", "seq", "status", "opencollection"})
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
    source.write_text(yaml.safe_dump(planted(bundled(), secret)), encoding="utf-8")
    draft = read_draft("bruno", Request(source, tmp_path / "suite", tenant="trial"))
    write_draft(draft, tmp_path / "suite")
    written = [path for path in (tmp_path / "suite").rglob("*") if path.is_file()]
    assert any(path.suffix == ".feature" for path in written)
    assert not [path for path in written if secret in path.name or secret.encode() in path.read_bytes()]
    assert secret not in str(draft)
