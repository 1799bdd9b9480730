"""Scenarios and runs that pages are made of, and how a reader sees a page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from lxml.html import HtmlElement
from msgspec.structs import replace

from pytest_iflow.results.changes import RunChanges
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.scenario_result import CallResult, ScenarioResult, StepResult

NASTY = "Größe <script>alert(\"x\")</script> & 'more'"
PASSED = ScenarioResult(
    node_id="features/products.feature::A product",
    feature="Products",
    rule=None,
    scenario="A product",
    example={},
    file="features/products.feature",
    line=4,
    tags=(),
    status="passed",
    seconds=1.5,
    message="",
    exchange="",
    steps=(),
)
FAILED = replace(
    PASSED,
    node_id=f"features/orders.feature::{NASTY}[P-1]",
    feature="Orders <b>",
    rule="Once <i>",
    scenario=NASTY,
    example={"<id>": "<P-1>"},
    file="features/orders.feature",
    tags=("ABC-12",),
    status="failed",
    message="The response status is <500>, expected 200.\n  where: orders.feature:7",
    exchange="GET https://runtime.example/http/orders\n\n<html>500</html>",
    steps=(
        StepResult("Given", "an access token <t>", 5, "passed", 0.5),
        StepResult("Then", "the response status is 200", 6, "failed", 0.25),
        StepResult("And", "the message is completed", 7, "skipped", 0.0),
    ),
    calls=(CallResult("GET https://runtime.example/http/<orders>", 500, 0.75),),
)
SKIPPED = replace(PASSED, scenario="A refund", status="skipped", seconds=0.0, message="Only @safe runs here.")
RUN = RunResult(
    tenant="trial",
    environment="dev",
    started=datetime(2026, 11, 3, 4, 42, 7, tzinfo=UTC),
    seconds=252.0,
    scenarios=(PASSED, FAILED, SKIPPED),
    hosts={"token": "trial.authentication.example"},
    versions={"pytest-iflow": "0.1.0"},
    interrupted=False,
    collection_errors=(),
)


NEW = replace(PASSED, node_id="features/products.feature::A new one", scenario="A new one", line=9)
CHANGES = RunChanges(
    since=RUN.started - timedelta(days=1),
    scenarios={
        NEW.node_id: "new",
        FAILED.node_id: "newly failing",
        PASSED.node_id: "fixed",
        "features/gone.feature::Gone <i>": "gone",
    },
    updates=("Product_Details is deployed in version 1.0.4, was 1.0.3.",),
    failing_since={FAILED.node_id: "fails since 2026-11-03 04:42 UTC; in between: the runtime <6.2>"},
)


def texts(elements: Sequence[HtmlElement]) -> list[str]:
    """Return what a reader sees of each element, with single blanks."""
    return [" ".join(" ".join(map(str, element.itertext())).split()) for element in elements]
