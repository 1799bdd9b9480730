"""Gherkin in Allure, read from what a real run wrote."""

from __future__ import annotations

from collections.abc import Iterable

from tests.inner_project import DATA, InnerRun
from tests.reporting.mixed_suite import FATES

pytest_plugins = ["tests.inner_project", "tests.reporting.mixed_suite"]


def results_of(run: InnerRun, title: str, place: str = "local/dev") -> list[DATA]:
    """Return the results of a title; equal rows have one title."""
    return [result for result in run.allure("*-result.json", place) if result["name"] == title]


def labels(result: DATA, name: str) -> list[str]:
    """Return the values of the labels of a name."""
    return [label["value"] for label in result["labels"] if label["name"] == name]


def steps(result: DATA) -> list[tuple[str, str]]:
    """Return names and statuses of the steps."""
    return [(step["name"], step["status"]) for step in result["steps"]]


def parameters(result: DATA) -> dict[str, str]:
    """Return the parameters by name."""
    return {parameter["name"]: parameter["value"] for parameter in result["parameters"]}


def attachments(run: InnerRun, owners: Iterable[DATA]) -> list[tuple[str, str, str]]:
    """Return name, type and content of what hangs on results or steps."""
    files = {path.rpartition("/")[2]: text for path, text in run.files().items()}
    return [
        (attachment["name"], attachment["type"], files[attachment["source"]])
        for owner in owners
        for attachment in owner.get("attachments", [])
    ]


def test_every_scenario_has_a_result_with_its_fate(mixed_run: InnerRun) -> None:
    """A skipped one, too; a check that failed is failed, a tool that broke is broken."""
    results = mixed_run.allure("*-result.json")
    assert {result["name"]: result["status"] for result in results} == FATES
    assert len(results) == len(FATES) + 1


def test_steps_are_named_as_written_with_their_keywords(mixed_run: InnerRun) -> None:
    """Given, When and Then, as the feature has them."""
    (good,) = results_of(mixed_run, "good")
    assert steps(good) == [
        ("Given the warehouse is open", "passed"),
        ("And the stock is:", "passed"),
        ("And the note is:", "passed"),
        ('When I request the details of product "HT-1080"', "passed"),
        ("Then the response status is 200", "passed"),
    ]


def test_steps_after_the_failed_one_are_skipped(mixed_run: InnerRun) -> None:
    """And the failed one says what was wrong."""
    (wrong,) = results_of(mixed_run, "wrong answer")
    assert [status for _, status in steps(wrong)] == ["passed", "failed", "skipped"]
    assert wrong["steps"][1]["statusDetails"]["message"] == "the response status is 200 OK, expected 201"


def test_an_undefined_step_is_broken(mixed_run: InnerRun) -> None:
    """With the help that the terminal gives."""
    (unknown,) = results_of(mixed_run, "unknown step")
    assert [status for _, status in steps(unknown)] == ["skipped", "broken", "skipped"]
    assert unknown["statusDetails"]["message"].startswith("no step is defined as: When I do magic\n")


def test_a_step_that_gives_up_is_skipped_with_the_rest(mixed_run: InnerRun) -> None:
    """The reason stands without a trace of where it was said."""
    (given_up,) = results_of(mixed_run, "gives up")
    assert [status for _, status in steps(given_up)] == ["passed", "skipped", "skipped"]
    assert given_up["statusDetails"] == {"message": "not today"}


def test_a_failure_begins_with_the_scenario_and_the_marked_step(mixed_run: InnerRun) -> None:
    """Not with pytest-bdd at work; an explained failure has no traceback at all."""
    (wrong,) = results_of(mixed_run, "wrong answer")
    assert wrong["statusDetails"]["message"] == "the response status is 200 OK, expected 201"
    trace = wrong["statusDetails"]["trace"]
    assert trace.startswith("Scenario: wrong answer    (features/fates.feature:18)\n")
    assert "\n>     Then the response status is 201    (features/fates.feature:21)\n" in trace
    assert ".py" not in trace
    (broken,) = results_of(mixed_run, "broken tool")
    trace = broken["statusDetails"]["trace"]
    assert "\n>     When the tool breaks" in f"\n{trace}"
    assert 'reason = "no oil"' in trace
    assert "call_fixture_func" not in trace


def test_a_result_has_the_labels_of_its_scenario(mixed_run: InnerRun) -> None:
    """Feature, severity, tags; the rule is the story; the title is no node id."""
    (good,) = results_of(mixed_run, "good")
    assert labels(good, "feature") == ["Every fate"]
    assert labels(good, "severity") == ["critical"]
    assert set(labels(good, "tag")) == {"orders", "critical", "ABC-12"}
    assert labels(good, "story") == []
    for row in results_of(mixed_run, "product HT-1080"):
        assert labels(row, "story") == ["Rows"]


def test_a_skipped_scenario_keeps_its_labels(mixed_run: InnerRun) -> None:
    """And the tag that says why."""
    (left_out,) = results_of(mixed_run, "left out")
    assert labels(left_out, "feature") == ["Every fate"]
    assert set(labels(left_out, "tag")) == {"orders", "skip(waits_for_ABC-13)"}
    assert left_out["statusDetails"] == {"message": "waits for ABC-13"}


def test_an_issue_becomes_a_link_where_the_address_is_known(
    mixed_run: InnerRun, mixed_run_in_qa: InnerRun
) -> None:
    """By Allure's own option."""
    (good,) = results_of(mixed_run, "good")
    assert good["links"] == [{"type": "issue", "url": "ABC-12", "name": "ABC-12"}]
    (good,) = results_of(mixed_run_in_qa, "good", "local/qa")
    assert good["links"] == [{"type": "issue", "url": "https://issues.example.com/ABC-12", "name": "ABC-12"}]


def test_tenant_environment_and_columns_are_the_parameters(mixed_run: InnerRun) -> None:
    """One for each column, none of pytest-bdd's own; equal rows are told apart."""
    (good,) = results_of(mixed_run, "good")
    assert parameters(good) == {"tenant": "local", "environment": "dev"}
    rows = sorted(results_of(mixed_run, "product HT-1080"), key=lambda row: len(row["parameters"]))
    row = {"tenant": "local", "environment": "dev", "id": "HT-1080", "name": "Scan"}
    assert [parameters(result) for result in rows] == [row, {**row, "repetition": "2"}]
    assert rows[0]["historyId"] != rows[1]["historyId"]


def test_each_environment_has_a_history_of_its_own(mixed_run: InnerRun, mixed_run_in_qa: InnerRun) -> None:
    """Otherwise two tenants overwrite each other in one history."""
    dev = {result["historyId"] for result in mixed_run.allure("*-result.json")}
    qa = {result["historyId"] for result in mixed_run_in_qa.allure("*-result.json", "local/qa")}
    assert len(dev) == len(qa) == len(FATES) + 1
    assert dev.isdisjoint(qa)


def test_what_a_scenario_says_of_itself_is_its_description(mixed_run: InnerRun) -> None:
    """Otherwise what the feature says; no path of this machine."""
    (wrong,) = results_of(mixed_run, "wrong answer")
    assert wrong["description"] == "Its own words."
    (good,) = results_of(mixed_run, "good")
    assert good["description"] == "What a feature says of itself."


def test_tables_texts_and_calls_hang_on_their_steps(mixed_run: InnerRun) -> None:
    """Each with a type that Allure shows in its own way."""
    (good,) = results_of(mixed_run, "good")
    table, *calls = attachments(mixed_run, good["steps"])
    assert table == ("data table", "text/csv", 'article,pieces\n"""Tea""","3,5"\n')
    assert parameters(good["steps"][2]) == {"doc string": '{"article": "Tea"}'}
    token, product = calls
    assert token[0].endswith("/oauth/token → 200")
    assert product[0].endswith("/http/products/details → 200")
    assert '"productIdentifier": "HT-1080"' in product[2]
    assert "<ProductId>HT-1080</ProductId>" in product[2]
    assert "Authorization: Bearer ***" in product[2]


def test_fixtures_of_the_suite_are_its_set_up_and_nothing_else_is(mixed_run: InnerRun) -> None:
    """Step definitions and fixtures of the plugins are noise."""
    containers = mixed_run.allure("*-container.json")
    names = {fixture["name"] for container in containers for fixture in container["befores"]}
    assert names == {"warehouse", "fragile"}
    by_uuid = {result["uuid"]: result["name"] for result in mixed_run.allure("*-result.json")}
    users = [by_uuid[child] for one in containers for child in one["children"]]
    assert sorted(users) == ["falls apart", "gives up", "good"]


def test_tear_downs_carry_the_names_of_their_fixtures(mixed_run: InnerRun) -> None:
    """The one that failed is broken, and so is its scenario, whose steps all passed."""
    afters = [after for one in mixed_run.allure("*-container.json") for after in one["afters"]]
    assert sorted((after["name"], after["status"]) for after in afters) == [
        ("fragile", "broken"),
        *[("warehouse", "passed")] * 2,
    ]
    (apart,) = results_of(mixed_run, "falls apart")
    assert steps(apart) == [("Given something fragile", "passed")]
    assert apart["statusDetails"]["message"] == "RuntimeError: it fell apart"


def test_nothing_of_pytest_bdd_is_left_in_the_files(mixed_run: InnerRun) -> None:
    """Neither its fixtures nor its parameter."""
    for path, text in mixed_run.files().items():
        assert "pytestbdd_" not in text, path
        assert "_pytest_bdd_example" not in text, path
