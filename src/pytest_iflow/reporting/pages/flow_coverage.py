"""The page that shows which parts of exported iFlows the scenarios of a run passed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup
from msgspec import Struct

from pytest_iflow.iflow_model.files import BundleError
from pytest_iflow.iflow_model.picture import svg
from pytest_iflow.reporting.flow_passages import Covered
from pytest_iflow.reporting.pages import render
from pytest_iflow.results.files import replace_text
from pytest_iflow.results.flow_coverage import CoverageReport, FlowCoverage, PassedPart, percent
from pytest_iflow.results.run_folder import COVERAGE, PAGE, RunFolder
from pytest_iflow.secrets.registry import mask

if TYPE_CHECKING:
    from pytest_iflow.iflow_model.bundle import Bundle

DRAWN = 60
"""Flows that the page shows in full; of more only what was not passed."""
_LARGEST = 1_500_000
"""Characters of a picture that is shown."""
SHOWN = 10
"""Scenarios that are named for one part."""


class ShownFlow(Struct, frozen=True):
    """A flow on the page: with its picture, or why there is none."""

    anchor: str
    covered: FlowCoverage
    picture: Markup | None
    trouble: str

    @property
    def missed(self) -> list[PassedPart]:
        """Return the branches that no scenario passed."""
        return [each for each in self.covered.branches if not each.scenarios]

    @property
    def has_unknown(self) -> bool:
        """Return whether it is unknown of some parts."""
        return any(each.unknown for each in (*self.covered.branches, *self.covered.steps))

    @property
    def missed_steps(self) -> list[PassedPart]:
        """Return the steps that no scenario passed."""
        return [each for each in self.covered.steps if not each.scenarios]


def write_flow_coverage(covered: Covered, folder: Path, least: float | None) -> None:
    """Write ``coverage.json`` and ``coverage.html`` into the folder of a run; raises OSError.

    ``least`` is the share in percent that was asked for, if one was.
    """
    place = RunFolder(folder)
    covered.report.write(place.coverage)
    replace_text(place.coverage_page, _page(covered.report, covered.bundles, least))


def _page(report: CoverageReport, bundles: Sequence[Bundle | None], least: float | None) -> Iterator[str]:
    flows = [_shown(number, *each) for number, each in enumerate(zip(report.flows, bundles, strict=True))]
    counts = [each.count for each in report.flows]
    return render(
        "coverage.html",
        script="coverage.js",
        report=report,
        flows=flows,
        counts=counts,
        share=percent(counts),
        has_branches=any(each.branches for each in counts),
        least=least,
        shown=SHOWN,
        in_full=DRAWN,
        summary=PAGE,
        data=COVERAGE,
    )


def _shown(number: int, covered: FlowCoverage, bundle: Bundle | None) -> ShownFlow:
    picture, trouble = None, ""
    if bundle is None:
        trouble = (
            "There is no picture: this exported iFlow is not in the suite where the machines were merged."
        )
    elif number >= DRAWN:
        trouble = f"Only the first {DRAWN} iFlows are drawn, with all of their parts."
    else:
        try:
            drawn = mask(svg(bundle, _marks(covered, bundle)))
        except BundleError as error:
            trouble = error.what
        else:
            picture = Markup(drawn) if len(drawn) <= _LARGEST else None  # noqa: S704, all of it is escaped
            trouble = "" if picture else "The picture is too large for this page."
    return ShownFlow(f"flow-{number + 1}", covered, picture, trouble)


def _marks(covered: FlowCoverage, bundle: Bundle) -> dict[str, str]:
    """Return what the picture says of each part.

    A route that leaves no router is passed where both its ends are.
    """
    parts = (*covered.steps, *covered.branches)
    found = {
        each.id: "passed" if each.scenarios else "unknown" if each.unknown else "missed" for each in parts
    }
    flow = bundle.flow
    for process in flow.processes.values() if flow is not None else ():
        for route in process.routes:
            ends = {found.get(route.source), found.get(route.target)}
            is_unknown = "unknown" in ends and "missed" not in ends
            found.setdefault(
                route.id, "passed" if ends == {"passed"} else "unknown" if is_unknown else "missed"
            )
    return found
