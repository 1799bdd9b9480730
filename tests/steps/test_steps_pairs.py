"""Every phrase that judges something: what it passes for, what it fails for, and what it says then."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_bdd.steps import step_function_context_registry

from pytest_iflow.gherkin.vocabulary import Phrase
from pytest_iflow.plugin.step_modules import shipped_step_modules
from tests.inner_project import InnerProject, InnerRun
from tests.mocked_flows import write_flows

pytest_plugins = ["tests.inner_project"]

TENANT = """
    default-environment = "dev"
    [environments.dev]
    ca-bundle = "emulator:ca.pem"
    [environments.dev.timeouts]
    log = 5
    [environments.dev.clients.default]
    service-key = "emulator:integration-flow.json"
    [environments.dev.clients.monitoring]
    service-key = "emulator:api.json"
    [environments.dev.iflows.orders]
    address = "/orders"
    artifact = "Orders"
    [environments.other]
    ca-bundle = "emulator:ca.pem"
    [environments.other.clients.default]
    service-key = "emulator:integration-flow.json"
"""
FLOWS = '''
    """Flows that answer with the body that came, or with what nobody foresees."""
    import json
    import uuid
    from collections import Counter

    from pytest_iflow.emulator.flows.message import Reply

    ASKED = Counter()


    def answer(message, surroundings):
        kind = message.headers.get("content-type", "application/json")
        return Reply(message.body, kind, headers=(("X-Id", "A-7"), ("Set-Cookie", "session=s1; Path=/")))


    def other(message, surroundings):
        return Reply(json.dumps({"id": str(uuid.uuid4())}).encode(), "application/json")


    def steps(message, surroundings):
        """DONE when it is asked for the second time."""
        ASKED[message.query["of"]] += 1
        state = "DONE" if ASKED[message.query["of"]] > 1 else "OPEN"
        return Reply(json.dumps({"state": state}).encode(), "application/json")
    '''
ORDER = (
    '{"id": "A-7", "total": 12.50, "net": "10", "day": "2026-01-31", "note": "", "tags": ["b", "a"], '
    '"items": [{"p": 10, "min": 5}, {"p": 2.50, "min": 5}], "big": {"id": 7}}'
)
_ITEM = '"min": 5, "max": 20, "from": "2026-01-30T10:00:00Z", "to": "2026-01-31"'
ITEMS = f'[{{"p": 10, {_ITEM}}}, {{"p": 2.50, {_ITEM}}}]'
ORDER_OF_ITEMS = f'{{"id": "A-7", "total": 12.50, "items": {ITEMS}, "tags": ["b", "a"]}}'
TWINS = (
    '{"nbsp": "A\u00a0B", "blank": "A B", "zero": "A\u200bB", "composed": "Mu\u0308ller", "broken": "a\\nb", '
    '"keys": {"k\u00a0k": 1}, "list": ["A B", "A\u00a0B"]}'
)
_POST = 'When I send a POST request to the iFlow "/answer" with the body:\n"""\n{}\n"""'
CALLS = {
    "items": _POST.format(ORDER_OF_ITEMS),
    "two calls": (
        f'{_POST.format(ORDER_OF_ITEMS)}\nThen I remember the response value at "$.total" as "total"\n'
        'And I remember the response header "X-Id" as "id"\n' + _POST.format('{"other": 12.5, "id": "A-7"}')
    ),
    "order": _POST.format(ORDER),
    "twins": _POST.format(TWINS),
    "XML": (
        'Given the request header "Content-Type" is "application/xml"\n'
        + _POST.format("<o><a>A\u00a0B</a></o>")
    ),
    "CSV": 'Given the request header "Content-Type" is "text/csv"\n' + _POST.format("a;b\nA\u00a0B;2"),
    "remembered twin": f'{_POST.format(TWINS)}\nThen I remember the response value at "$.nbsp" as "nbsp"',
    "remembered": f'{_POST.format(ORDER)}\nThen I remember the response value at "$.total" as "total"',
    "log": (
        'Given the query parameter "seconds" is "0"\n'
        'And the request header "SAP_MessageProcessingLogLevel" is "DEBUG"\n'
        'When I send a POST request to the iFlow "orders" with the file "sent.json"'
    ),
    "failed": 'When I send a POST request to the iFlow "/errors/uncaught"',
    "nothing": "",
    "token": "Given an access token",
    "no token": (
        'When I request an access token for client "default" with the secret "made up for this test"'
    ),
    "no header": 'When I call the iFlow "/echo" without a token',
    "SOAP": (
        'When I send a message in a SOAP envelope to the iFlow "Product_SOAP":\n'
        '"""\n<GetProduct xmlns="urn:local-tenant:products"><ProductId>XX</ProductId></GetProduct>\n"""'
    ),
    "read": 'Given the query parameter "of" is "<title>"\nWhen I send a GET request to the iFlow "/steps"',
    "posted": 'Given the query parameter "of" is "<title>"\nWhen I send a POST request to the iFlow "/steps"',
    "page": 'When I send a GET request to the iFlow "/no/such/address"',
    "other": 'When I send a GET request to the iFlow "/other"',
    "receivers": (
        'Given the receiver "WebShop" answers with status 200\n'
        'When I send a POST request to the iFlow "/mocked/orders" with the body:\n"""\n{"id": 7}\n"""\n'
        'When I send a POST request to the iFlow "/mocked/deliveries" with the body:\n"""\n{"id": 7}\n"""'
    ),
}
XSD = """
    <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
      <xs:simpleType name="t">
        <xs:restriction base="xs:string"><xs:enumeration value="A B"/></xs:restriction>
      </xs:simpleType>
      <xs:complexType name="o"><xs:all><xs:element name="a" type="t"/></xs:all></xs:complexType>
      <xs:element name="o" type="o"/>
    </xs:schema>
"""


FILES = {
    "tenants/local.toml": TENANT,
    "tenants/local-flows/flows.py": FLOWS,
    "payloads/sent.json": '{"orderId": "4711"}',
    "payloads/order.json": ORDER,
    "payloads/item.json": '{"p": 10, "min": 5}',
    "payloads/other.golden.toml": 'ignore = ["$.id"]',
    "payloads/none.golden.toml": 'ignore = ["$.x"]',
    "payloads/twin.json": TWINS.replace("\u00a0", " "),
    "payloads/twin.txt": "A B",
    "payloads/twin.xml": "<o><a>A B</a></o>",
    "payloads/twin.csv": "a;b\nA B;2\n",
    "schemas/order.json": '{"required": ["id"]}',
    "payloads/items.json": ITEMS.replace("2.50", "2.5"),
    "payloads/whole.json": ORDER_OF_ITEMS,
    "payloads/id.txt": "A-7\n",
    "schemas/item.json": '{"type": "object", "required": ["p"]}',
    "schemas/twin.json": '{"properties": {"nbsp": {"enum": ["A B"]}}}',
    "schemas/twin.xsd": XSD,
}
DATA: Any = tomllib.loads((Path(__file__).parent / "pairs.toml").read_text(encoding="utf-8"))
PREPARES_OR_ACTS = (
    "I ",
    "an access token",
    "the form field ",
    "the query parameter ",
    "the request ",
    "the SOAP ",
    "the receiver {string} answers",
    "the receiver {string} does not answer",
    "the receiver {string} refuses",
    "the receiver {string} resets",
    "the tenant has ",
)
"""How phrases begin that judge nothing: they prepare a call, make one, or skip the scenario."""


def scenario(title: str, call: str, step: str) -> list[str]:
    """Return the lines of a scenario."""
    before = CALLS[call].replace("<title>", title)
    keyword = "When" if step.startswith("I repeat") else "Then"
    lines = f"{before}\n{keyword} {step}".splitlines()
    return [f"  Scenario: {title}", *(f"    {line}" for line in lines if line)]


@pytest.fixture(scope="module")
def run(new_project: Callable[[], InnerProject]) -> InnerRun:
    """One run of all pairs."""
    project = new_project()
    write_flows(project.root)
    for name, text in FILES.items():
        project.write(name, text)
    for name in ("answer", "other", "steps"):
        declared = f'artifact = "{name.title()}"\naddress = "/{name}"\nfunction = "flows:{name}"\n'
        project.write(f"tenants/local-flows/{name}.toml", declared)
    lines = ["Feature: Pairs"]
    for number, pair in enumerate(DATA["pair"]):
        lines += scenario(f"{number} passes", pair["after"], pair["passes"])
        lines += scenario(f"{number} fails", pair.get("instead", pair["after"]), pair["fails"])
    for number, each in enumerate(DATA["lookalike"]):
        lines += scenario(f"{number} looks alike", each["after"], each["fails"])
    for number, each in enumerate(DATA["step"]):
        lines += scenario(f"{number} further", each["after"], each["step"])
    path = project.root / "features" / "pairs.feature"
    path.parent.mkdir()
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return project.run("--tenant=local", "-q", "--parallel=8")


@pytest.mark.parametrize("number", range(len(DATA["pair"])), ids=[each["fails"] for each in DATA["pair"]])
def test_a_phrase_passes_and_fails_with_all_that_a_tester_needs(run: InnerRun, number: int) -> None:
    """Where, what is wanted, and what was found."""
    passed, failed = (run.scenarios()[f"{number} {how}"] for how in ("passes", "fails"))
    assert (passed["status"], passed["message"]) == ("passed", "")
    assert failed["status"] == "failed"
    pattern = ".*".join(map(re.escape, DATA["pair"][number]["said"].split("…")))
    assert re.fullmatch(pattern, failed["message"], re.DOTALL), failed["message"]


def test_what_only_looks_like_the_expected_value_is_told_apart(run: InnerRun) -> None:
    """Other blanks, characters without a width, composed letters, a line break and what stands for one."""
    found = run.scenarios()
    said = {each["fails"]: found[f"{number} looks alike"] for number, each in enumerate(DATA["lookalike"])}
    for each in DATA["lookalike"]:
        failed = said[each["fails"]]
        assert failed["status"] == "failed", each["fails"]
        assert each["tells"] in failed["message"], each["fails"]


@pytest.mark.parametrize("number", range(len(DATA["step"])), ids=[each["step"] for each in DATA["step"]])
def test_a_further_step(run: InnerRun, number: int) -> None:
    """It passes, fails with words, or is refused before anything is sent."""
    expected, found = DATA["step"][number], run.scenarios()[f"{number} further"]
    assert found["status"] == expected.get("status", "passed"), found["message"]
    assert expected.get("says", "") in found["message"]
    assert (found["calls"] == []) is (found["status"] == "broken")


def test_every_phrase_that_judges_has_a_pair() -> None:
    """A new one belongs into pairs.toml."""
    list(shipped_step_modules())
    phrases = [
        each.parser
        for each in step_function_context_registry.values()
        if isinstance(each.parser, Phrase) and each.step_func.__module__.startswith("pytest_iflow.")
    ]

    def phrase_of(step: str) -> str:
        (found,) = (each.name for each in phrases if each.is_matching(step.partition("\n")[0]))
        return found

    judging = {phrase_of(each["passes"]) for each in DATA["pair"]}
    assert judging == {phrase_of(each["fails"]) for each in DATA["pair"]}
    assert {name for each in phrases if not (name := each.name).startswith(PREPARES_OR_ACTS)} <= judging
