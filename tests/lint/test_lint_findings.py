"""``pytest-iflow lint`` on whole suites: one with each mistake, one without any."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from pytest_iflow.lint.rules import RULES
from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project"]

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl"
CLIENT_SECRET = "0a1b2c3d-0a1b-4c3d-8e5f-0123456789ab$Q7xkP2mV9sT4wZ8nB3cR6yH1jL5gD0fA-_uE="
PASSWORD = "tR7!pL2#qX9$"

FAULTS = """
    @smoke
    Feature: Faults

      Scenario: an undefined step
        When I sent a GET request to the iFlow "orders"
        Then the response status is 200

      Scenario: a doc string that nobody reads
        When I send a GET request to the iFlow "orders"
          \"\"\"
          lost
          \"\"\"
        Then the response status is 200

      Scenario: a variable that nobody gives
        When I send a GET request to the iFlow "orders"
        Then the response value at "$.id" is "${nobody}"

      Scenario: a path that is none
        When I send a GET request to the iFlow "orders"
        Then the response value at "$[" is "1"

      Scenario: a schema that is not there
        When I send a GET request to the iFlow "orders"
        Then the response matches the schema "missing.schema.json"
        And the response equals the golden message "missing.json"

      Scenario Outline: a placeholder without a column
        When I send a GET request to the iFlow "<flow>"
        Then the response value at "$.id" is "<nothing>"
        Examples:
          | flow   | unread |
          | orders | 1      |
          | orders | 2      |

      Scenario: a call that has no name
        When I send a GET request to the iFlow "orders"
        Then the message of the call "first" is completed

      Scenario: nothing is expected
        When I send a GET request to the iFlow "orders"

      Scenario: a name twice
        When I send a POST request to the iFlow "orders" with the body:
          \"\"\"
          {"id": 1, "count": ${number(2)},
           "id": 2}
          \"\"\"
        Then the response contains:
          \"\"\"
          {"id": 1, "id": 2}
          \"\"\"

      @skip(waiting)
      Scenario: skipped, and full of mistakes
        When I do what nobody knows with the file "of-skipped.json"
        Then it is the same by the rules of "beside.golden.toml"

      @tenant(trial)
      Scenario: for another tenant
        When I do what nobody knows there

      Scenario: variables of any tenant
        When I send a POST request to the iFlow "orders" with the file "order.json" filled in
        Then the response value at "$.company" is "${company}"
        And the response matches the schema "used.schema.json"
        And the response equals the golden message "good.json"
"""
SECRETS = f"""
    @S-1
    Feature: Secrets
      Scenario: pasted
        Given the request header "Authorization" is "Bearer {TOKEN}"
        When I send a POST request to the iFlow "orders" with the body:
          \"\"\"
          {{"clientsecret": "{CLIENT_SECRET}", "password": "{PASSWORD}"}}
          \"\"\"
        Then the response status is 401
"""
OFF = """
    # lint: off no-then, no-such-rule
    Feature: Switched off
      Scenario: nothing is expected
        When I send a GET request to the iFlow "orders"

      # lint: off undefined-step
      @smoke
      Scenario: not yet
        When I do what nobody knows

      Scenario: yet
        # lint: off
        When I do what nobody knows
        And I do what nobody knows either
"""


def bad_suite(project: InnerProject) -> InnerProject:
    """Fill a folder with a suite that has each mistake."""
    project.write(
        "pytest.ini",
        """
        [pytest]
        addopts = --strict-markers --strict-config -m smoke -n 2 --tenant=trial --junitxml=junit.xml
        filterwarnings = error
        iflow_required_tags =
            smoke S-*
        """,
    )
    project.write("features/faults.feature", FAULTS)
    project.write("features/secrets.feature", SECRETS)
    project.write("features/off.feature", OFF)
    project.write("features/broken.feature", "Feature: Broken\n  Scenario: one\n    Whatever this is: x\n")
    project.write("tenants/trial.toml", TENANT)
    project.write("tenants/wrong.toml", "description = \n")
    project.write("tenants/bundles.toml", BUNDLES)
    for name in ("used.schema.json", "referred.schema.json", "unread.schema.json"):
        project.write(f"schemas/{name}", '{"$ref": "referred.schema.json"}' if "used" in name else "{}")
    for name in ("order", "of-skipped", "good", "unread"):
        project.write(f"payloads/{name}.json", "{}")
    project.write("payloads/good.golden.toml", 'ignore = ["$.id"]')
    project.write("payloads/beside.golden.toml", 'ignore = ["$.id"]')
    project.write("payloads/nothing.golden.toml", 'ignore = ["$.id"]')
    project.write("payloads/old.golden.json", "{}")
    project.write("payloads/key.xml", f"<key><password>{PASSWORD}</password></key>\n")
    project.write("data/unread.csv", "a,b\n1,2\n")
    project.write("payloads/twice.json", '{"a": 1,\n "b": {"c": 1},\n "b": 2}')
    project.write("schemas/namespaces.toml", 'n0 = "urn:a"\nn0 = "urn:b"\nn1 = "urn:c"\n')
    project.write("payloads/masked.xml", "<password>********</password><password>${password}</password>\n")
    return project


TENANT = """
    [environments.dev.clients.default]
    service-key = "env:NOT_SET"
    [environments.dev.variables]
    company = "1000"
"""


BUNDLES = """\
[environments.dev.clients.default]
service-key = "emulator:integration-flow.json"
[environments.dev.bundles.orders]
path = "../iflows/missing.zip"
"""


@pytest.fixture(scope="module")
def bad(new_project: Callable[[], InnerProject]) -> tuple[InnerRun, InnerRun]:
    """What the command says of a suite with each mistake, as JSON and as text."""
    project = bad_suite(new_project())
    return project.command("lint", "--json"), project.command("lint")


@pytest.fixture(scope="module")
def found(bad: tuple[InnerRun, InnerRun]) -> set[tuple[str, int | None, str]]:
    """File, line and rule of each finding."""
    return {(each["file"], each["line"], each["rule"]) for each in json.loads(bad[0].out)}


def test_each_mistake_is_found_once_with_its_line(found: set[tuple[str, int | None, str]]) -> None:
    """Skipped scenarios are left alone; those of other tenants are not."""
    faults = "features/faults.feature"
    assert {(line, rule) for file, line, rule in found if file == faults} == {
        (5, "undefined-step"),
        (9, "step-argument"),
        (17, "unknown-variable"),
        (21, "unreadable-value"),
        (25, "unusable-file"),
        (26, "unusable-file"),
        (30, "placeholder"),
        (31, "unused-column"),
        (38, "unknown-call"),
        (40, "no-then"),
        (44, "repeated-name"),
        (49, "unreadable-value"),
        (60, "no-then"),
        (61, "undefined-step"),
    }


def test_files_that_nothing_names_are_found(found: set[tuple[str, int | None, str]]) -> None:
    """A schema that another one names is used, as is what a skipped scenario names."""
    assert {(file, rule) for file, line, rule in found if line is None} == {
        ("schemas/unread.schema.json", "unused-schema"),
        ("payloads/unread.json", "unused-payload"),
        ("payloads/key.xml", "unused-payload"),
        ("payloads/masked.xml", "unused-payload"),
        ("payloads/nothing.golden.toml", "unused-golden"),
        ("payloads/old.golden.json", "unused-golden"),
        ("data/unread.csv", "unused-data"),
        ("payloads/twice.json", "unused-payload"),
    }


def test_a_wrong_file_is_found_with_its_line(found: set[tuple[str, int | None, str]]) -> None:
    """The suite is looked at nevertheless."""
    assert found >= {
        ("tenants/wrong.toml", 1, "tenant-file"),
        ("tenants/bundles.toml", 4, "tenant-file"),
        ("schemas/namespaces.toml", 2, "namespaces-file"),
        ("payloads/twice.json", 3, "repeated-name"),
    }


def test_other_features_are_looked_at_beside_a_broken_one(found: set[tuple[str, int | None, str]]) -> None:
    """Its line is told."""
    assert {(line, rule) for file, line, rule in found if file == "features/broken.feature"} == {
        (2, "feature-file")
    }


def test_comments_switch_rules_off(found: set[tuple[str, int | None, str]]) -> None:
    """For the file, for the scenario below, for the line below; one that names no rule is a finding."""
    assert {(line, rule) for file, line, rule in found if file == "features/off.feature"} == {
        (1, "feature-file"),
        (3, "missing-tag"),
        (11, "missing-tag"),
        (14, "undefined-step"),
    }


def test_pasted_secrets_are_found_and_never_shown(
    bad: tuple[InnerRun, InnerRun], found: set[tuple[str, int | None, str]]
) -> None:
    """In features and payloads, by their shape and by the name of their field."""
    assert {(file, line) for file, line, rule in found if rule == "pasted-secret"} == {
        ("features/secrets.feature", 4),
        ("features/secrets.feature", 7),
        ("payloads/key.xml", 1),
    }
    for secret in (TOKEN, CLIENT_SECRET, PASSWORD):
        assert secret[:12] not in bad[0].text + bad[1].text


def test_the_list_for_people_names_place_rule_and_remedy(bad: tuple[InnerRun, InnerRun]) -> None:
    """Grouped by file; exit code 1, and nothing of what pytest prints."""
    as_json, as_text = bad
    assert (as_json.code, as_text.code) == (1, 1)
    lines = as_text.out.splitlines()
    at = lines.index("features/faults.feature")
    assert lines[at + 1].startswith("  features/faults.feature:5: no step is defined as: When I sent a GET")
    assert lines[at + 1].endswith("[undefined-step]")
    assert lines[at + 2].startswith(
        "      did you mean: I send a {word} request to the iFlow {string} ({word}: a "
    )
    count = len(json.loads(as_json.out))
    assert lines[-1].startswith(f"{count} findings in ")
    assert "collected" not in as_text.text


def test_nothing_is_left_behind(bad: tuple[InnerRun, InnerRun]) -> None:
    """No report, no cache of pytest, nothing of the settings of the suite."""
    names = {path.name for path in bad[0].root.iterdir()}
    assert names == {"pytest.ini", "features", "tenants", "schemas", "payloads", "data"}


def test_every_finding_has_a_rule_and_a_remedy(bad: tuple[InnerRun, InnerRun]) -> None:
    """So that a reader knows what to do, and how to switch it off."""
    findings = json.loads(bad[0].out)
    assert [each for each in findings if not each["remedy"]] == []
    assert {each["rule"] for each in findings} <= RULES.keys()
