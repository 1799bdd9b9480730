"""Collections of Postman: imported, and run on the local tenant."""

from __future__ import annotations

import base64
import copy
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pytest_iflow.cli.main import app
from pytest_iflow.drafts.draft import Fate, SuiteDraft
from pytest_iflow.drafts.writing import write_draft
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.gherkin.feature_file import read_feature_file
from pytest_iflow.imports.kinds import Request, read_draft
from tests import exported_bundles as made
from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project"]

COLLECTION = Path(__file__).with_name("products.postman_collection.json")
SECRETS = ("Zx81-Qq42-made-up-S3cret", "Pl4nted-Passw0rd-77")
HOST = "https://x.it-cpi001-rt.cfapps.eu10.hana.ondemand.com"


def call(name: str = "A", url: str = f"{HOST}/http/a", **request: Any) -> dict[str, Any]:
    """Return a request of a collection."""
    return {"name": name, "request": {"method": "POST", "url": url, **request}}


def collection(*items: Any, **more: Any) -> dict[str, Any]:
    """Return a collection of version 2.1."""
    return {"info": {"name": "C"}, "item": list(items), **more}


def imported(tmp_path: Path, document: Any, *beside: Any, **request: Any) -> SuiteDraft:
    """Import a document, with others beside it, for a suite that is not there yet."""
    paths = [tmp_path / f"{number}.json" for number in range(1 + len(beside))]
    for path, each in zip(paths, (document, *beside), strict=True):
        path.write_text(json.dumps(each), encoding="utf-8")
    return read_draft("postman", Request(paths[0], tmp_path / "suite", beside=tuple(paths[1:]), **request))


def steps(draft: SuiteDraft, number: int = 0) -> list[str]:
    """Return the steps of a scenario of the first feature."""
    return [f"{step.keyword} {step.phrase}" for step in draft.features[0].scenarios[number].steps]


def told(draft: SuiteDraft, fate: Fate) -> str:
    """Return what is said of requests that have this fate."""
    return "\n".join(f"{each.origin}: {each.what}" for each in draft.remarks if each.fate is fate)


def files(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder that an import wrote."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not {"reports", ".pytest_cache"} & set(path.parts)
    }


def test_round_trip_runs_green_on_the_local_tenant(new_project: Callable[[], InnerProject]) -> None:
    """The suite's own features as a collection by hand: imported, linted, run; and imported once more."""
    project = new_project()
    arguments = ["import", "postman", str(COLLECTION), "--into", str(project.root), "--json"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    report = json.loads(result.output)
    assert {name: report["counts"][name] for name in ("taken", "left")} == {"taken": 13, "left": 6}
    assert "listens at /http/products/details/json" in result.output
    assert "order.pdf" in result.output
    written = files(project.root)
    assert not [name for name, data in written.items() if any(each.encode() in data for each in SECRETS)]
    assert not any(secret in result.output for secret in SECRETS)
    linted = project.command("lint")
    assert (linted.code, linted.out) == (0, "Nothing was found.\n"), linted.text
    run = project.run("--tenant=local")
    assert run.code == 0, run.text
    assert "13 passed" in run.out
    again = json.loads(CliRunner().invoke(app, arguments).output)
    assert again["written"] == []
    assert files(project.root) == written


def test_versions_of_the_format_make_the_same_suite(tmp_path: Path) -> None:
    """1 with its ids, 2.0 with addresses as texts, 2.1 with addresses in parts, and what the API answers."""
    body = {"mode": "raw", "raw": '{"a": 1}', "options": {"raw": {"language": "json"}}}
    check = [{"listen": "test", "script": {"exec": ["pm.response.to.have.status(200);"]}}]
    two = collection({"name": "F", "item": [{**call(body=body), "event": check}]})
    parts = {
        "protocol": "https",
        "host": ["x", "example"],
        "path": ["http", "a"],
        "query": [{"key": "b", "value": "1"}],
    }
    one = {
        "id": "1",
        "name": "C",
        "order": [],
        "folders": [{"id": "f", "name": "F", "order": ["r"]}],
        "requests": [
            {
                "id": "r",
                "name": "A",
                "method": "POST",
                "url": f"{HOST}/http/a",
                "dataMode": "raw",
                "rawModeData": '{"a": 1}',
                "headers": "Content-Type: application/json\n",
                "tests": 'tests["x"] = responseCode.code === 200;',
            }
        ],
    }
    expected = [
        'When I send a POST request to the iFlow "a" with the body:',
        "Then the response status is 200",
    ]
    assert steps(imported(tmp_path, two)) == expected
    assert steps(imported(tmp_path, {"collection": two})) == expected
    assert steps(imported(tmp_path, one))[1:] == expected
    given = steps(imported(tmp_path, collection({"name": "A", "request": {"url": parts}})))
    assert given[0] == 'Given the query parameter "b" is "1"'


def test_variables_come_from_environments(tmp_path: Path) -> None:
    """The one that is named goes before others; what has no value is one of the process."""
    document = collection(
        call(body={"mode": "raw", "raw": "{{lang}} {{nothing}} {{$guid}} {{$randomCity}} ${x}"}),
        variable=[{"key": "lang", "value": "en"}],
    )
    stages = [
        {"name": name, "values": [{"key": "lang", "value": value}, {"key": "off", "enabled": False}]}
        for name, value in (("DEV", "de"), ("TEST", "fr"))
    ]
    draft = imported(tmp_path, document, *stages, tenant="trial", environment="test")
    step = next(each for each in draft.features[0].scenarios[0].steps if each.keyword == "When")
    assert step.doc_string == "${lang} ${nothing} ${uuid} ${text(8)} $${x}"
    assert draft.tenants[0].variables == (("lang", "fr"), ("nothing", "env:NOTHING"))
    assert "$randomCity" in told(draft, Fate.CHANGED)
    unsure = imported(tmp_path, document, *stages)
    assert "It has several values, and the first one was taken: de" in told(unsure, Fate.CHANGED)


def test_a_request_that_needs_another_one_brings_it(tmp_path: Path) -> None:
    """What a script keeps is had by the calls before; headers of these do not stay."""
    keeps = [{"listen": "test", "script": {"exec": 'pm.environment.set("id", pm.response.json().id);'}}]
    header = [{"key": "X-First", "value": "1"}]
    draft = imported(
        tmp_path,
        collection(
            {**call("First", header=header), "event": keeps},
            call("Second", f"{HOST}/http/b/{{{{id}}}}"),
            call("Third", f"{HOST}/http/{{{{other}}}}/x"),
        ),
    )
    assert steps(draft, 1) == [
        'Given the request header "X-First" is "1"',
        'When I send a POST request to the iFlow "a"',
        'And I remember the response value at "$.id" as "id"',
        'Given the request header "X-First" is not sent',
        'And the request path ends with "/${id}"',
        'When I send a POST request to the iFlow "b"',
        "Then the response status is a success",
    ]


def test_who_calls_becomes_clients_without_secrets(tmp_path: Path) -> None:
    """By OAuth, by Basic, by a token that another request fetches; keys of an API are told."""

    def auth(kind: str, **values: str) -> dict[str, Any]:
        return {"auth": {"type": kind, kind: [{"key": key, "value": value} for key, value in values.items()]}}

    secret = "Q1w2-E3r4-T5y6"
    fetches = [
        {"listen": "test", "script": {"exec": 'pm.globals.set("t", pm.response.json().access_token);'}}
    ]
    basic = auth("basic", username="{{user}}", password=secret)
    draft = imported(
        tmp_path,
        collection(
            {
                **call("Token", "https://x.authentication.eu10.hana.ondemand.com/oauth/token", **basic),
                "event": fetches,
            },
            call("By token", **auth("bearer", token="{{t}}")),
            call("By name", **basic),
            call("By header", header=[{"key": "Authorization", "value": "Bearer {{t}}"}]),
            call("By key", **auth("apikey", key="k", value=secret)),
            call("By nobody", **auth("noauth")),
            call("By another header", header=[{"key": "authorization", "value": secret}], **auth("noauth")),
            call("In the address", f"{HOST}/http/a?api_key={secret}&b=1", **basic),
        ),
        tenant="trial",
    )
    assert [(each.name, each.service_key, each.runtime_auth) for each in draft.tenants[0].clients] == [
        ("default", "env:TRIAL_TEST_SERVICE_KEY", ""),
        ("user-basic", "env:TRIAL_TEST_SERVICE_KEY", "basic"),
    ]
    assert steps(draft, 1)[0] == 'Given an access token for client "user-basic"'
    assert 'When I call the iFlow "a" without a token' in steps(draft, 3)
    assert 'When I send a POST request to the iFlow "a"' in steps(draft, 4)
    assert "By key: An API key authorises it" in told(draft, Fate.LEFT)
    assert "the query parameter api_key is not sent" in told(draft, Fate.CHANGED).replace("The", "the")
    write_draft(draft, tmp_path / "suite")
    assert not [name for name, data in files(tmp_path / "suite").items() if secret.encode() in data]


def test_scripts_of_folders_hold_for_all_their_requests(tmp_path: Path) -> None:
    """Their checks are in each scenario; what has no phrase is told once, and stands above none."""
    checks = ["pm.response.to.have.status(200);", "pm.sendRequest('https://x', () => {});"]
    inner = {"name": "F", "item": [call("A"), call("B")]}
    document = collection(inner, event=[{"listen": "test", "script": {"exec": checks}}])
    draft = imported(tmp_path, document)
    assert [steps(draft, number)[-1] for number in (0, 1)] == ["Then the response status is 200"] * 2
    assert told(draft, Fate.LEFT).count("pm.sendRequest") == 1
    assert [each.comments for each in draft.features[0].scenarios] == [(), ()]


def test_a_folder_may_hold_other_files(tmp_path: Path) -> None:
    """One that is no JSON is told; those of tools, and documents that are no collections, are passed over.

    Two collections of one name are kept apart.
    """
    for name, text in (
        ("a.json", json.dumps(collection(call()))),
        ("b.json", json.dumps(collection(call()))),
        ("dev.json", '{"name": "DEV", "values": [{"key": "a", "value": "b"}]}'),
        ("other.json", '{"a": 1}'),
        ("broken.json", "{"),
        ("node_modules/x.json", "{"),
    ):
        path = tmp_path / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    draft = read_draft("postman", Request(tmp_path / "source", tmp_path / "suite"))
    assert len({feature.path for feature in draft.features}) == len(draft.features) == 2
    assert told(draft, Fate.LEFT).startswith("broken.json: The source is no JSON that can be read")


def test_a_path_that_differs_from_a_bundle_in_case_is_told(tmp_path: Path) -> None:
    """The address of the flow is called, and the scenario says why."""
    flow = made.iflw(
        [
            made.participant("Participant_1", "Sender", "EndpointSender"),
            made.adapter(
                "MessageFlow_1", "HTTPS", "Sender", "Participant_1", "Start_1", urlPath="/Shop/Orders"
            ),
        ],
        [made.process("Process_1", "Main", [made.event("Start_1", "Start", definition="message")])],
    )
    bundle = made.write(
        tmp_path / "shop.zip",
        made.zipped({"META-INF/MANIFEST.MF": made.manifest("Shop_Orders"), made.IFLW: flow}),
    )
    draft = imported(tmp_path, collection(call(url=f"{HOST}/http/shop/orders")), bundles=(bundle,))
    assert draft.tenants[0].iflows[0].address == "/http/Shop/Orders"
    assert "flow Shop_Orders listens at /http/Shop/Orders" in told(draft, Fate.CHANGED)


def test_odd_names_and_bodies(tmp_path: Path) -> None:
    """Folders 100 deep, names that are no file names, two of one name, bodies that no step holds."""
    deep: dict[str, Any] = call("con", body={"mode": "raw", "raw": "a\r\nb"})
    for number in range(100):
        deep = {"name": f"{'x' * 90}/{number}: <con>?", "item": [deep] if number else [deep, deep]}
    draft = imported(tmp_path, collection(deep, call("\u0000\n"), call("\ud800" * 3), {"name": "no request"}))
    written = write_draft(draft, tmp_path / "suite")
    assert all(len(path) < 250 for path in written.written)
    for path in (tmp_path / "suite").rglob("*.feature"):
        read_feature_file(path, path.name)
    (payload, *_) = (tmp_path / "suite").rglob("*.txt")
    assert payload.read_bytes() == b"a\r\nb"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b'{"item": [', "line 1, column 11"),
        (b"[" * 100_000, "nested too deeply"),
        (bytes(range(256)), "no text in UTF-8"),
        (b"{}", "no collection of Postman"),
        (b"[1, 2]", "no collection of Postman"),
        (b'{"openapi": "3.0.0"}', "import it as openapi"),
        (b'{"a": ' + b"1" * 5000 + b"}", "too many digits"),
        (None, "cannot be read"),
    ],
)
def test_what_is_no_collection_is_refused(tmp_path: Path, data: bytes | None, what: str) -> None:
    """In one sentence with exit code 2, and nothing is written."""
    source = tmp_path / "c.json"
    if data is not None:
        source.write_bytes(data)
    result = CliRunner().invoke(app, ["import", "postman", str(source), "--into", str(tmp_path / "suite")])
    assert result.exit_code == 2
    assert what in result.output
    assert "Traceback" not in result.output
    assert not (tmp_path / "suite").exists()


def planted(node: Any, secret: str) -> Any:
    """Return a document with a secret behind each text that means nothing to the format."""
    if isinstance(node, list):
        return [planted(each, secret) for each in node]
    if isinstance(node, dict):
        return {
            name: each if name in {"mode", "type", "listen", "method", "language"} else planted(each, secret)
            for name, each in node.items()
        }
    return f"{node} {secret}" if isinstance(node, str) else node


@pytest.mark.parametrize(
    "secret",
    [
        "11111111-2222-3333-4444-555555555555$" + "aB3_" * 10 + "=",  # of a service key
        "ghp_" + "a1B2" * 9,
        "Basic " + base64.b64encode(b"somebody:Pl4nted-Passw0rd").decode(),
    ],
)
def test_a_secret_anywhere_is_nowhere_in_the_suite(tmp_path: Path, secret: str) -> None:
    """Names, addresses, headers, bodies, scripts, examples: neither written, nor in the report."""
    source = tmp_path / "c.json"
    document = planted(json.loads(COLLECTION.read_text(encoding="utf-8")), secret)
    source.write_text(json.dumps(document), encoding="utf-8")
    arguments = ["import", "postman", str(source), "--into", str(tmp_path / "suite"), "--tenant", "trial"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    last = secret.rpartition(" ")[2]
    assert last not in result.output
    written = files(tmp_path / "suite")
    assert written
    assert not [name for name, data in written.items() if last in name or last.encode() in data]


def test_what_people_edited_stays(tmp_path: Path) -> None:
    """A request that changed is brought up to date, but for a scenario that somebody edited."""
    suite = tmp_path / "suite"
    write_draft(imported(tmp_path, collection(call("First"), call("Second"))), suite)
    path = suite / "features/c.feature"
    text = path.read_text(encoding="utf-8")
    head, second = text.split("  Scenario: Second")
    path.write_text(
        f"{head}  Scenario: Second{second.replace('a success', 'not a server error')}", encoding="utf-8"
    )
    changed = collection(call("First", method="PUT"), call("Second", method="PUT"), call("Third"))
    written = write_draft(imported(tmp_path, changed), suite)
    assert [(each.what, each.scenario) for each in written.changes if each.scenario] == [
        ("replaced", "First"),
        ("edited", "Second"),
        ("added", "Third"),
    ]
    assert path.read_text(encoding="utf-8").count("PUT") == 1


WEIRD: tuple[Any, ...] = (
    *(None, True, -1, 1e300, "", [], {}, [None], {"key": 1}, "{{", "{{a}}", "\ud800", "\x00", "con", "../.."),
    *(
        "function(",
        "a\nb",
        "<a>",
        "http://[::1",
        "${x}",
        "{{$guid}}",
        {"mode": "raw"},
        '"""',
        "@x",
        "Scenario: x",
    ),
)


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the ways to all parts of a document."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in inner:
        yield (*path, key)
        yield from places(value, (*path, key))


def test_wrong_types_anywhere_are_no_trouble(tmp_path: Path) -> None:
    """Whatever is written reads back as a run reads it, and once more changes nothing."""
    document = json.loads(COLLECTION.read_text(encoding="utf-8"))
    ways, chance = list(places(document)), random.Random(16)  # noqa: S311, no secret
    for number in range(15):
        changed = copy.deepcopy(document)
        for way in chance.sample(ways, 3):
            node = changed
            try:
                for key in way[:-1]:
                    node = node[key]
                node[way[-1]] = copy.deepcopy(chance.choice(WEIRD))
            except (KeyError, IndexError, TypeError):
                continue  # within what was changed already
        suite = tmp_path / str(number)
        suite.mkdir()
        try:
            draft = imported(suite, changed)
            write_draft(draft, suite / "suite")
        except ConfigurationError:
            continue
        for path in suite.rglob("*.feature"):
            read_feature_file(path, path.name)
        assert write_draft(draft, suite / "suite").written == ()
