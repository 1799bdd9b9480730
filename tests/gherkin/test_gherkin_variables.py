"""Variables in the texts of a scenario."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from lxml import etree

from pytest_iflow.gherkin.variables import check_name, fill, fill_message, names_in
from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project"]

AWKWARD = 'O\'Neill & "Söhne" <GmbH>\\n\nB'


def test_values_are_found_by_their_names() -> None:
    """A name may stand several times; ``$${`` is ``${`` itself, and other dollars are texts."""
    values = {"order": "4711", "n": Decimal("2.50"), "flag": True, "none": None}
    assert fill("${order}/${order} ${n} ${flag} ${none}", values) == "4711/4711 2.50 true null"
    assert fill("${header.order} ${property.a.b} ${order}", values) == "${header.order} ${property.a.b} 4711"
    assert fill("$${order} $order ${order}$ {order} $$", values) == "${order} $order 4711$ {order} $$"
    assert list(names_in("${a} $${b} ${c d}")) == ["a", "c d"]


def test_no_name_is_made_of_a_variable() -> None:
    """An expression of Camel may hold one, and so may a text behind ``$${``."""
    assert list(names_in("${a${b}} ${header.${c}} $${d${e}}")) == ["b", "c", "e", "a${b}"]
    with pytest.raises(ValueError, match=re.escape("there is no variable ${a${b}}")):
        check_name("a${b}", ["a", "b"])


def test_values_are_escaped_for_json_and_become_values_outside_of_quotes() -> None:
    """A text within quotes is that text, whatever it holds; outside numbers stay numbers."""
    values = {
        "name": AWKWARD,
        "count": "12",
        "big": "12345678901234567890.10",
        "list": [1, "a"],
        "word": "ab",
    }
    text = '{"name": "<${name}>", "${word}": ${count}, "big": ${big}, "list": ${list}, "w": ${word}}'
    message = json.loads(fill_message(text, values), parse_float=Decimal)
    assert message == {
        "name": f"<{AWKWARD}>",
        "ab": 12,
        "big": Decimal("12345678901234567890.10"),
        "list": [1, "a"],
        "w": "ab",
    }


def test_values_are_escaped_for_xml() -> None:
    """In texts, attributes and CDATA sections."""
    text = "<a name=\"${name}\" b='${name}'>${name}<![CDATA[${name}${end}]]></a>"
    root = etree.fromstring(fill_message(text, {"name": AWKWARD, "end": "]]>"}).encode())
    in_attribute = AWKWARD.replace("\n", " ")  # as XML reads attributes (XML 1.0, 3.3.3)
    assert root.get("name") == root.get("b") == in_attribute
    assert root.text == f"{AWKWARD}{AWKWARD}]]>"
    assert fill_message("plain ${name}", {"name": AWKWARD}) == f"plain {AWKWARD}"


def test_values_that_are_made_anew() -> None:
    """Each time another one, in the format and the zone that the name says."""
    uuids = {fill("${uuid}", {}) for _ in range(5)}
    assert len(uuids) == 5
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", each) for each in uuids)
    assert re.fullmatch(r"[1-9]\d{7}", fill("${number(8)}", {}))
    assert re.fullmatch(r"[A-Za-z]{300}", fill("${text(300)}", {}))
    now = datetime.now(UTC)
    assert abs(datetime.fromisoformat(fill("${now}", {})) - now) < timedelta(seconds=5)
    assert abs(datetime.fromisoformat(fill("${now-2h+30min}", {})) - now + timedelta(hours=1.5)) < timedelta(
        seconds=5
    )
    in_three_days = (datetime.now(UTC) + timedelta(days=3)).strftime("%d.%m.%Y")
    assert fill("${today+3d:dd.MM.yyyy}", {}) == in_three_days
    berlin = datetime.now(ZoneInfo("Europe/Berlin"))
    assert (
        fill("${now@Europe/Berlin:yyyyMMdd'T'HHXXX}", {})
        == berlin.strftime("%Y%m%dT%H") + berlin.isoformat()[-6:]
    )
    assert fill("${today+1y+1mo+1w+1s:yy}", {})
    assert fill("${now:d.M. H 'o''clock' SSS}", {}).endswith(tuple("0123456789"))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "oder",
            "there is no variable ${oder}. Did you mean ${order}? This scenario has order, and uuid",
        ),
        ("header", "there is no variable ${header}."),
        ("now:yyyy-QQ", "QQ in ${now:yyyy-QQ} is no part of a date"),
        ("now@Mars/Base", '"Mars/Base" in ${now@Mars/Base} is no time zone'),
        ("now@../../etc/passwd", "is no variable"),
        ("today+999999y", "is beyond all calendars"),
        ("number(0)", "is no variable"),
        ("", "there is no variable ${}"),
    ],
)
def test_what_is_no_variable_is_refused_with_what_there_is(name: str, words: str) -> None:
    """By the nearest name, or by what is wrong in the format."""
    with pytest.raises(ValueError, match=re.escape(words)):
        check_name(name, ["order"])


TENANT = """
    [variables]
    company = "1000"
    plant = "A"
    [environments.dev]
    ca-bundle = "emulator:ca.pem"
    [environments.dev.variables]
    plant = "B & C"
    build = "env:BUILD_NUMBER"
    unset = "env:NOT_THERE"
    [environments.dev.clients.default]
    service-key = "emulator:integration-flow.json"
    [environments.dev.iflows.orders]
    address = "/orders"
    [environments.dev.iflows.mirror]
    address = "/mirror/*"
"""
FLOW = """
    artifact = "Mirror"
    address = "/mirror/*"
    function = "mirror:echo"
    allowed-headers = "*"
"""
PYTHON = """
    import json
    from pytest_iflow.emulator.flows.message import Reply

    def echo(message, surroundings):
        body = message.body.decode()
        said = {"path": message.path, "query": dict(message.query), "headers": dict(message.headers)}
        return Reply(json.dumps({**said, "body": body}).encode(), "application/json")
"""
FEATURE = """
    Feature: Variables
      Scenario Outline: filled in wherever a text stands, <name>
        Given I remember the text "${uuid}" as "id"
        And the request header "x-plant" is "${plant}/${build}"
        And the query parameter "q" is "${name} of ${tenant}"
        When I send a POST request to the iFlow "/mirror/${id}/${name}" with the body:
          \"\"\"
          {"id": "${id}", "name": "${name}", "company": ${company}, "raw": "$${id}", "today": "${today}"}
          \"\"\"
        Then the response status is 200
        And the response value at "$.headers['x-plant']" is "B & C/77"
        And the response value at "$.query.q" is "${name} of local"
        And I remember the response value at "$.body" as "sent"
        And the response value at "$.body" contains "${id}"
        And the response value at "$.body" contains "${today}"
        And the response value at "$.body" contains "\\"raw\\": \\"$${id}\\""
        And the response contains:
          \"\"\"
          {"path": "${any}", "query": {"q": "${name} of local"}, "body": "${text}"}
          \"\"\"

        Examples:
          | name        |
          | plain       |
          | O'Neill "X" |
          | a:b?c&d     |

      Scenario: the same in a file
        Given I remember the text "4711" as "id"
        When I send a POST request to the iFlow "orders" with the file "order.json" filled in
        Then the response value at "$.orderId" is "4711"

      Scenario: unknown
        When I send a POST request to the iFlow "orders" with the body:
          \"\"\"
          {"orderId": "${idd}"}
          \"\"\"

      Scenario: too early
        Given the request header "x" is "${id}"
        And I remember the text "x" as "id"

      Scenario: not set
        Given the request header "x" is "${unset}"

      Scenario: in an expected message
        When I send a POST request to the iFlow "orders" with the body:
          \"\"\"
          {"orderId": "1"}
          \"\"\"
        Then the response contains:
          \"\"\"
          {"orderId": "${nubmer}"}
          \"\"\"
"""


HOOK = """
    def pytest_bdd_after_step(step):
        pass
"""


@pytest.mark.parametrize("runs", ["compiled", "in threads", "by pytest-bdd"])
def test_variables_of_a_suite(project: InnerProject, runs: str) -> None:
    """In headers, queries, addresses, bodies, files and expectations; what is unknown is broken at first."""
    if runs == "by pytest-bdd":
        project.write("conftest.py", HOOK)
    project.write("tenants/local.toml", TENANT)
    project.write("tenants/local-flows/mirror.toml", FLOW)
    project.write("tenants/local-flows/mirror.py", PYTHON)
    project.write("payloads/order.json", '{"orderId": "${id}", "note": "$${header.x}"}')
    project.write("features/variables.feature", FEATURE)
    more = ["--parallel=4"] if runs == "in threads" else []
    run = project.run("--tenant=local", *more, BUILD_NUMBER="77")
    statuses = run.statuses()
    assert statuses == {
        "filled in wherever a text stands, plain": "passed",
        'filled in wherever a text stands, O\'Neill "X"': "passed",
        "filled in wherever a text stands, a:b?c&d": "passed",
        "the same in a file": "passed",
        "unknown": "broken",
        "too early": "broken",
        "not set": "broken",
        "in an expected message": "broken",
    }
    messages = {title: scenario["message"] for title, scenario in run.scenarios().items()}
    assert "there is no variable ${idd}" in messages["unknown"]
    assert "there is no variable ${id}" in messages["too early"]
    assert "${unset} is env:NOT_THERE in the tenant file, which is not set" in messages["not set"]
    assert "${nubmer} is not known" in messages["in an expected message"]
