"""Phrases with an expected message below them, in a real run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project"]

FLOW = '''
    """Answers with the body that came."""
    from pytest_iflow.emulator.flows.message import Reply


    def answer(message, surroundings):
        return Reply(message.body, message.headers.get("content-type", "application/json"))
    '''
ORDER = '{"id": "A-7", "total": 12.50, "items": [{"p": 10}, {"p": 2.50}], "note": "line 1\\nline 2"}'
XML = '<o:Order xmlns:o="urn:o"><o:Id>A-7</o:Id><Item n="1"/><Item n="2"/></o:Order>'

# title: body, step, text below it, status, words of the message
CASES: dict[str, tuple[str, str, str, str, str]] = {
    "contains": (ORDER, "the response contains:", '{"id": "${text}", "total": 12.5}', "passed", ""),
    "contains not": (
        ORDER,
        "the response contains:",
        '{"id": "${number}", "x": 1}',
        "failed",
        "The response does not contain what is expected, 2 differences:\n"
        '  $.id: expected a number, found "A-7", a text\n  $.x: expected 1, found nothing',
    ),
    "not contains": (ORDER, "the response does not contain:", '{"x": 1}', "passed", ""),
    "not contains not": (
        ORDER,
        "the response does not contain:",
        '{"id": "A-7"}',
        "failed",
        "The response contains what it should not",
    ),
    "any order": (
        ORDER,
        "the response contains in any order:",
        '{"items": [{"p": 2.5}, {"p": 10}]}',
        "passed",
        "",
    ),
    "equals": (ORDER, "the response equals:", ORDER, "passed", ""),
    "equals not": (ORDER, "the response equals:", "{}", "failed", "$.id: not expected, found"),
    "a name twice": ('{"a": 1, "a": 2}', "the response contains:", '{"a": 2}', "passed", ""),
    "a value twice": (
        '{"a": {"b": 1}, "a": {"b": 2}}',
        'the response value at "$.a.b" equals:',
        "{}",
        "failed",
        'value at $.a.b (the name "a" stands twice: $.a (line 1, column 17); the last value counts)',
    ),
    "expected twice": (ORDER, "the response contains:", '{"a": 1, "a": 2}', "broken", "line 1, column 10"),
    "XML": (XML, "the response contains:", "<Order><Id>${text}</Id></Order>", "passed", ""),
    "XML not": (
        XML,
        "the response contains:",
        "<Order><Id>B</Id></Order>",
        "failed",
        '/Order/Id: expected "B"',
    ),
    "part": (ORDER, 'the response value at "$.items[0]" equals:', '{"p": "${integer}"}', "passed", ""),
    "part not": (
        ORDER,
        'the response value at "$.items[0]" contains:',
        '{"q": 1}',
        "failed",
        "The response value at $.items[0] does not contain what is expected",
    ),
    "some": (ORDER, 'some response value at "$.items" contains:', '{"p": 2.5}', "passed", ""),
    "every": (ORDER, 'every response value at "$.items" equals:', '{"p": "${number}"}', "passed", ""),
    "every not": (
        ORDER,
        'every response value at "$.items" contains:',
        '{"p": 10}',
        "failed",
        'Not every response value at $.items contains {"p": 10}: 1 of 2 fail\n'
        '  expected:   contains {"p": 10}\n'
        '  found:\n    $.items[1]: {"p": 2.50}\n      $.items[1].p: expected the number 10, found 2.50',
    ),
    "no": (XML, 'no response value at "//Item" equals:', '<Item n="3"/>', "passed", ""),
    "no not": (
        XML,
        'no response value at "//Item" equals:',
        '<Item n="2"/>',
        "failed",
        "Some response value at //Item equals",
    ),
    "part of XML": (XML, 'the response value at "//Item[2]" equals:', '<Item n="2"/>', "passed", ""),
    "prefix of the suite": (XML, 'the response value at "//mine:Id" equals:', "A-7", "passed", ""),
    "number": (XML, 'the response value at "count(//Item)" equals:', "2", "failed", "expected:   the text"),
    "text": (ORDER, 'the response value at "$.note" equals:', "line 1\n      line 2", "passed", ""),
    "text not": (
        ORDER,
        'the response value at "$.note" contains:',
        "line 3",
        "failed",
        'does not contain "line 3"',
    ),
    "body": (ORDER, "the response body contains:", '"total": 12.50', "passed", ""),
    "rows": (
        ORDER,
        "the response has these values:",
        "| path | relation | value |\n| $.id | is | A-7 |\n| $.total | is at least | 12 |\n"
        "| $.x | does not exist | |\n"
        '| $.id | is one of | "A-7", "B" |\n| every response value at "$.items[*].p" | is a number | |\n'
        '| the response header "Content-Type" | contains | json |',
        "passed",
        "",
    ),
    "rows not": (
        ORDER,
        "the response has these values:",
        "| $.id | is | A-8 |\n| $.total | is | 12.5 |\n| $.x | exists | |",
        "failed",
        '2 of 3 rows do not hold:\n  The response value at $.id is not "A-8"\n    expected:   "A-8"\n'
        '    found:      "A-7"\n  There is no response value at $.x\n    expected:   a value\n',
    ),
    "no relation": (
        ORDER,
        "the response has these values:",
        "| $.id | is biger than | 5 |",
        "broken",
        'the row of $.id has no relation that is known: "is biger than 5"',
    ),
    "a row not": (
        ORDER,
        "the response has these values:",
        "| $.id | is | A-8 |",
        "failed",
        "1 of 1 row does not hold:\n",
    ),
    "a misspelt relation": (
        ORDER,
        "the response has these values:",
        "| $.total | is geater than | 900 |",
        "broken",
        "did you mean: is greater than {n}?",
    ),
    "a value too many": (
        ORDER,
        "the response has these values:",
        "| $.id | exists | A-7 |",
        "broken",
        'the row of $.id says "exists", which takes no value, and has the value "A-7"',
    ),
    "no rows": (
        ORDER,
        "the response has these values:",
        "| path | relation | value |",
        "broken",
        "the table has no row below its names: nothing would be checked",
    ),
    "no text": (ORDER, "the response contains:", "", "broken", "What is expected has no body"),
    "an empty value": ('{"a": ""}', 'the response value at "$.a" equals:', "", "passed", ""),
    "no columns": (ORDER, "the response has these values:", "| $.id | exists |", "broken", "has 2 column(s)"),
    "no path": (
        ORDER,
        "the response has these values:",
        "| $[ | exists | |",
        "broken",
        "is not a valid JSONPath",
    ),
    "no JSON": (ORDER, "the response contains:", '{"a": ', "broken", "What is expected is not valid JSON"),
    "no quotes": (ORDER, "the response contains:", '{"a": ${number}}', "broken", "stand in quotes"),
    "no message": (ORDER, "the response equals:", "hello", "broken", 'of plain text say "the response body"'),
    "no marker": (ORDER, "the response equals:", '{"a": "${nubmer}"}', "broken", "${nubmer} is not known"),
    "no pattern": (
        ORDER,
        'the response value at "$.a" equals:',
        '["${matches:(}"]',
        "broken",
        "no regular expression",
    ),
}


OUTLINE = """
  Scenario Outline: row
    When I send a POST request to the iFlow "/a" with the body:
      \"\"\"
      {"a": 5, "b": "x"}
      \"\"\"
    Then the response contains:
      \"\"\"
      {"a": "<expected>"}
      \"\"\"
    And the response has these values:
      | $.a | <relation> | <value> |

    Examples:
      | expected     | relation    | value |
      | ${number}    | is          | 5     |
      | ${nubmer}    | is          | 5     |
      | ${number}    | is at least | x     |
      | ${text}      | is          | 5     |
"""


REMEMBERED = """
  Scenario: remembered in a table
    When I send a POST request to the iFlow "/a" with the body:
      \"\"\"
      {"a": 5, "b": "five"}
      \"\"\"
    Then I remember the response value at "$.a" as "number"
    And the response has these values:
      | $.a | is          | ${number} |
      | $.a | is at least | ${number} |
      | $.b | is          | five      |
    And I remember the response value at "$.a" as "five"
    And the response contains:
      \"\"\"
      {"a": ${five}, "b": "${is not ${five}}"}
      \"\"\"
    And the response contains:
      \"\"\"
      {"a": "${is at least ${five}}"}
      \"\"\"
"""


@pytest.fixture(scope="module")
def run(new_project: Callable[[], InnerProject]) -> InnerRun:
    """One run with a scenario for each case."""
    project = new_project()
    project.write("tenants/local-flows/answer.py", FLOW)
    project.write(
        "tenants/local-flows/answer.toml", 'artifact = "A"\naddress = "/a"\nfunction = "answer:answer"\n'
    )
    project.write("schemas/namespaces.toml", 'mine = "urn:o"\n')
    lines = ["Feature: expected"]
    for title, (body, step, below, _, _) in CASES.items():
        kind = "application/xml" if body == XML else "application/json"
        lines += [
            f"  Scenario: {title}",
            f'    Given the request header "Content-Type" is "{kind}"',
            '    When I send a POST request to the iFlow "/a" with the body:',
            '      """',
            f"      {body}",
            '      """',
            f"    Then {step}",
        ]
        lines += [below] if below.startswith("|") else ['      """', f"      {below}", '      """']
    lines += [*OUTLINE.splitlines(), *REMEMBERED.splitlines()]
    path = project.root / "features" / "expected.feature"
    path.parent.mkdir()
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return project.run("--tenant=local")


def test_what_stands_below_is_read_for_each_row(run: InnerRun) -> None:
    """Before anything is sent."""
    rows = [each for each in run.summary()["scenarios"] if each["scenario"].startswith("row [")]
    assert [each["status"] for each in rows] == ["passed", "broken", "broken", "failed"]
    assert [bool(each["calls"]) for each in rows] == [True, False, False, True]
    assert "${nubmer} is not known" in rows[1]["message"]
    assert 'has no relation that is known: "is at least x"' in rows[2]["message"]


def test_a_row_may_have_what_is_remembered(run: InnerRun) -> None:
    """Its relation is read when the value is known."""
    found = run.scenarios()["remembered in a table"]
    assert found["status"] == "passed", found["message"]


@pytest.mark.parametrize("title", CASES)
def test_an_expected_message(run: InnerRun, title: str) -> None:
    """Passed, failed with all differences, or refused before anything is sent."""
    _, _, _, status, words = CASES[title]
    found = run.scenarios()[title]
    assert (found["status"], words in found["message"]) == (status, True), found["message"]
    assert bool(found["calls"]) is (status != "broken")


def test_a_name_that_a_response_has_twice_is_noted(run: InnerRun) -> None:
    """With its place: a streaming converter writes such JSON, so it is no failure."""
    steps = run.results()["a name twice"]["steps"]
    (source,) = (
        each["source"]
        for step in steps
        for each in step.get("attachments", ())
        if each["name"] == "the response"
    )
    text = (run.root / "reports/local/dev/allure-results" / source).read_text(encoding="utf-8")
    assert text == 'the name "a" stands twice: $.a (line 1, column 10); the last value counts'
