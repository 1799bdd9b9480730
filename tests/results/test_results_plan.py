"""What a run is going to run."""

from __future__ import annotations

import json
from pathlib import Path

from pytest_iflow.results.plan import planned_by_id, read_plan, write_plan
from pytest_iflow.results.run_folder import PLAN
from tests.inner_project import InnerProject
from tests.reporting.offline_suite import arguments, environ
from tests.results.runs import scenario

pytest_plugins = ["tests.inner_project", "tests.reporting.offline_suite"]


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    """In its order; without a plan nothing is planned."""
    rows = [scenario(name, "-", tags=["REQ-1"], example={"id": "größe"}) for name in "abc"]
    assert read_plan(tmp_path / PLAN) == []
    write_plan(tmp_path / "new" / PLAN, rows)
    assert read_plan(tmp_path / "new" / PLAN) == rows


def test_a_node_id_tells_file_and_title() -> None:
    """All that is known without the scenario itself."""
    row = planned_by_id("features/a.feature::A call[1]")
    assert (row.file, row.scenario, row.status) == ("features/a.feature", "A call[1]", "not run")


def test_the_plan_has_what_was_selected_and_no_secret(offline: InnerProject) -> None:
    """Read while the run goes on: rows of outlines, rules, tags; Python tests, too."""
    offline.write(
        "conftest.py",
        """
        import os
        from pytest_iflow.gherkin.vocabulary import step

        @step("the plan is read")
        def read(request):
            folder = request.config.rootpath / "reports/acme/dev"
            (request.config.rootpath / "seen.jsonl").write_text((folder / "plan.jsonl").read_text())
        """,
    )
    offline.write("features/test_a.py", "def test_a(): pass\n")
    offline.write(
        "features/a.feature",
        """
        @REQ-7
        Feature: Plans of the-secret-of-nobody
          Rule: Only these, the-secret-of-nobody
            Scenario Outline: row <word>
              Given the plan is read
              Examples:
                | word                 |
                | the-secret-of-nobody |
          Scenario: deselected
            Given the plan is read
        """,
    )
    run = offline.run(*arguments("features", "-k", "row or test_a"), **environ())
    assert run.code == 0
    row, test = map(json.loads, (offline.root / "seen.jsonl").read_text(encoding="utf-8").splitlines())
    assert (row["feature"], row["rule"], row["scenario"]) == ("Plans of ***", "Only these, ***", "row ***")
    assert (row["tags"], row["example"], row["line"]) == (["REQ-7"], {"word": "***"}, 8)
    assert (row["file"], row["status"], row["kind"]) == ("features/a.feature", "not run", "scenario")
    assert (test["file"], test["scenario"], test["line"]) == ("features/test_a.py", "test_a", 1)
    assert (test["status"], test["kind"]) == ("not run", "test")
