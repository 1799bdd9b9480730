"""What a step names is looked at before anything is sent; what only a run knows is left to it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project"]

BROKEN = """
    Feature: A tester on a bad day
      Scenario: Files that are not there
        Given I send the file "order.jsn" as the form field "f"
        When I send a POST request to the iFlow "/x" with the file "odrer.json"
        And I send a POST request to the iFlow "/x" with the file "${tenant}.json" filled in

      Scenario: Schemas that are none
        Then the response matches the schema "type.json"
        And the response matches the schema "broken.json"
        And the response matches the schema "broken.xsd"
        And the response value at "$.a" matches the schema "reference.json"
        And the response matches the schema "pattern.json"

      Scenario: A file that is filled in
        Given I remember the text "1" as "number"
        When I send a POST request to the iFlow "/x" with the file "template.json" filled in
        And I send a POST request to the iFlow "/x" with the file "latin.json" filled in

      Scenario: Several in one place
        Then the response has these values:
          | $.a[ | is              | 5        |
          | $.a  | is graeter than | 5        |
          | $.a  | matches         | [        |
          | $.b  | is              | ${tenat} |
          | $.c[ | is              | ${uuid}  |
          | $.d  | is              | 5        |
        And the response contains:
          \"\"\"
          {"a": "${nubmer}", "b": "${uiid}", "c": "${matches:[}", "d": "${number}"}
          \"\"\"
        And the response value at "$.a[" matches "["
        And I remember the response value at "$.a[" as "x"

      Scenario: What nobody remembers
        Given I remember the text "1" as "total"
        Then remembered "toal" is 5
        And the response value at "$.a" equals remembered "other"

      Scenario: Variables that fit nowhere
        Given I remember the text "1" as "n"
        Then the response value at "$.a[${n}" is 5
        And the response value at "$.a" is greater than ${m}

      Scenario: A cause that is none
        Then the call is refused because "bad-credential"

      Scenario: A path and a file in one step
        Then the response value at "$.a[" matches the schema "none.json"
        And the response value at "$.a[" equals the golden message "none.json"
"""
GOOD = """
    Feature: What only a run knows
      Scenario Outline: Names and values of a row
        Given I remember the text "<path>" as "id"
        And I remember the text "1" as "<name>"
        When I send a POST request to the iFlow "/x" with the file "${id}.json"
        And I send a POST request to the iFlow "/x" with the file "${environment}.json"
        Then the response value at "$.b" is "${id}"
        And the response value at "$.items[${other}].x" is 5
        And the response value at "$.items[${id}].x" matches "${id}-[0-9]+"
        And the response value at "${id}" is greater than ${other}
        And the response value at "$.a" is between ${other} and 7
        And the response value at "$.a" is one of ${id}, 5
        And the response value at "$.a" is within ${id} minutes of now
        And the response value at "$.a" is before ${id}
        And the response has ${other} values at "$.a"
        And the response arrives within ${other} seconds
        And the response has these values:
          | $.a[${other}] | is              | ${id}    |
          | $.a           | is greater than | ${other} |
          | $.a           | is before       | ${id}    |
          | $.a           | is between      | 300 and ${id} |
        And the response contains:
          \"\"\"
          {"a": "${id}", "b": "${other}"}
          \"\"\"
        And the response matches the schema "${id}.json"
        And remembered "${id}" is 5

        Examples:
          | path | name  |
          | $.a  | other |

      Scenario: A step of the suite makes it
        Given the suite writes and remembers
        When I send a POST request to the iFlow "/x" with the file "written.json"
        Then the response value at "$.a" is "${written}"
        And remembered "written" is 5

      @skip
      Scenario: What is skipped
        Given nothing like this
        When I send a POST request to the iFlow "/x" with the file "odrer.json"
"""
FILES = {
    "schemas/type.json": '{"type": "strng"}',
    "schemas/broken.json": '{"type": ',
    "schemas/broken.xsd": '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:elemnt/></xs:schema>',
    "schemas/reference.json": '{"$ref": "nowhere.json"}',
    "schemas/pattern.json": '{"properties": {"a": {"pattern": "["}}}',
    "payloads/order.json": "{}",
    "payloads/dev.json": "{}",
    "payloads/template.json": '{"a": "${number}",\n"b": "${nubmer}", "c": "${header.x}", "d": "$${"}\n',
    "features/broken.feature": BROKEN,
    "features/good.feature": GOOD,
    "steps/own.py": """
        from pytest_iflow.gherkin.vocabulary import given

        @given("the suite writes and remembers")
        def write(conversation):
            \"\"\"Is never run here.\"\"\"
    """,
}


@pytest.fixture(scope="module")
def collected(new_project: Callable[[], InnerProject]) -> InnerRun:
    """The suite, collected once."""
    project = new_project()
    for name, text in FILES.items():
        project.write(name, text)
    (project.root / "payloads" / "latin.json").write_bytes(b'{"a": "\xe9"}')
    return project.run("--tenant=local", "--collect-only", "-q")


TOLD = (
    (3, 'the file "order.jsn" is not there'),
    (4, 'the file "odrer.json" is not there'),
    (5, 'the file "local.json" is not there'),
    (8, "type.json is not a valid JSON Schema: 'strng'"),
    (9, "broken.json is not valid JSON"),
    (10, "broken.xsd is not a usable XSD"),
    (11, "reference.json refers to nowhere.json, which does not exist"),
    (12, "The pattern '[' is no regular expression of ECMA-262"),
    (16, "payloads/template.json:2: there is no variable ${nubmer}. Did you mean ${number}?"),
    (17, "The file is not UTF-8 text."),
    (21, "'$.a[' is not a valid JSONPath"),
    (22, 'the row of $.a has no relation that is known: "is graeter than 5"'),
    (23, '"[" is no regular expression'),
    (24, "there is no variable ${tenat}. Did you mean ${tenant}?"),
    (25, "'$.c[' is not a valid JSONPath"),
    (27, "${nubmer} is not known"),
    (27, "${uiid} is not known"),
    (27, '"[" is no regular expression'),
    (31, "'$.a[' is not a valid JSONPath"),
    (31, '"[" is no regular expression'),
    (32, "'$.a[' is not a valid JSONPath"),
    (36, 'no step before this one remembers "toal": did you mean "total"?'),
    (37, 'no step before this one remembers "other": The scenario remembers total'),
    (41, "'$.a[${n}' is not a valid JSONPath"),
    (42, "there is no variable ${m}"),
    (45, 'there is no cause "bad-credential"'),
    (48, "'$.a[' is not a valid JSONPath"),
    (49, "'$.a[' is not a valid JSONPath"),
)


@pytest.mark.parametrize(("line", "said"), TOLD)
def test_each_fault_is_told_with_its_line(collected: InnerRun, line: int, said: str) -> None:
    """All those of a scenario, in one list."""
    lines = [each for each in collected.out.splitlines() if f"features/broken.feature:{line}: " in each]
    assert any(said in each for each in lines), lines


def test_there_is_no_fault_beside_these(collected: InnerRun) -> None:
    """Of what only a run knows nothing false is said; what is skipped is left alone."""
    faults = [each for each in collected.out.splitlines() if each.startswith("  features/")]
    assert [each for each in faults if "good.feature" in each] == []
    assert len(faults) == len(TOLD)
    assert collected.out.startswith("8 scenarios cannot run, and nothing is sent for them:")


def test_values_outside_of_quotes(project: InnerProject) -> None:
    """A number, or a text in quotes, as the phrase has it; what fits nowhere is told with what it became."""
    project.write(
        "features/numbers.feature",
        """
        Feature: Variables outside of quotes
          Background:
            When I send a GET request to the iFlow "/nowhere"
            Then I remember the text "404" as "status"
            And I remember the text "HTML" as "word"

          Scenario Outline: They hold
            Then the response status is ${status}
            And the response status is between <low> and ${status}
            And the response status is one of <low>, ${status}
            And the response status is not ${word}
            And the response body matches ".*${status}.*"
            And the response body contains any of ${word}, ${status}
            And the response has these values:
              | the response status | is at least | ${status} |

            Examples:
              | low |
              | 300 |

          Scenario: One fails
            Then the response status is greater than ${status}

          Scenario: One is no number
            Then the response status is greater than ${word}
        """,
    )
    for more in ((), ("--parallel=2",)):
        run = project.run("--tenant=local", "-q", *more)
        messages = {title.partition(" [")[0]: each["message"] for title, each in run.scenarios().items()}
        assert messages["They hold"] == ""
        assert messages["One fails"].startswith("the response status is 404 Not Found, expected")
        assert messages["One is no number"].startswith(
            "with the values of its variables the step cannot be read: "
            'the response status is greater than "HTML"\n  what to do: a step of this kind is: '
        )
