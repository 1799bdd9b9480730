"""The differences between two JSON messages."""

from __future__ import annotations

from typing import Any

from pytest_iflow.checks.json_number import with_decimals
from pytest_iflow.checks.quoting import json_path, shown


def json_differences(golden: Any, found: Any) -> list[str]:
    """List each difference with its JSONPath, in the order of the paths."""
    # Costs 0.3 s to import, which only suites with golden messages have to pay.
    from deepdiff import DeepDiff  # noqa: PLC0415, 0.3 s that most runs need not spend

    difference = DeepDiff(
        with_decimals(golden),
        with_decimals(found),
        view="tree",
        # Otherwise members such as OData's __metadata would be skipped,
        ignore_private_variables=False,
        # and objects that differ in most members would be reported as a whole.
        threshold_to_diff_deeper=0,
    )
    changes = [change for category in difference.values() for change in category]
    return sorted(_described(change) for change in changes)


def _described(change: Any) -> str:
    place = json_path(change.path(output_format="list"))
    kind = change.report_type
    if kind.endswith("_added"):
        return f"{place}: not expected, found {shown(change.t2)}"
    if kind.endswith("_removed"):
        return f"{place}: expected {shown(change.t1)}, found nothing"
    return f"{place}: expected {shown(change.t1)}, found {shown(change.t2)}"
