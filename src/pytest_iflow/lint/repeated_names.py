"""Messages in JSON that have a name twice, in files and below steps: they are sent as they are written.

Which of the two values a flow reads depends on its reader, so the message is hardly meant so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pytest_iflow.checks.json_text import RepeatedName, read_json
from pytest_iflow.gherkin.variables import with_example
from pytest_iflow.lint.collection import CollectedSuite, text_of
from pytest_iflow.lint.rules import Finding
from pytest_iflow.lint.scenarios import of_row

_REMEDY = "remove one of the two; where both are meant, switch the rule off"
_BEGINNINGS = ("{", "[")


def repeated_names_below_steps(suite: CollectedSuite) -> Iterator[Finding]:
    """Yield the names that stand twice in a text below a step, with the line of the step."""
    seen: set[tuple[str, int]] = set()
    for row in suite.rows:
        if row.is_skipped or row.scenario.feature.error:
            continue
        values = row.scenario.row.values if row.scenario.row else {}
        faulty = {fault.line for fault in row.faults.found} if row.faults else set()
        for step in row.scenario.template.steps:
            place = row.file, step.line_number
            if step.docstring is None or place in seen or step.line_number in faulty:
                continue
            seen.add(place)
            for name in _repeated(with_example(of_row(step.docstring, values), "1")):
                yield Finding(*place, "repeated-name", f"below this step {name}", _REMEDY)


def repeated_names_in_files(suite: CollectedSuite, files: Sequence[Path]) -> Iterator[Finding]:
    """Yield the names that stand twice in payloads, wherever these lie."""
    beside = {row.scenario.feature.path.parent for row in suite.rows}
    for path in files:
        inside = path.relative_to(suite.root)
        if path.suffix.lower() != ".json" or not (inside.parts[0] == "payloads" or path.parent in beside):
            continue
        for name in _repeated(with_example(text_of(path), "1")):
            yield Finding(inside.as_posix(), name.line, "repeated-name", str(name), _REMEDY)


def _repeated(text: str) -> tuple[RepeatedName, ...]:
    """Return the names that stand twice; none of what is no JSON, which may be meant so."""
    if not text.lstrip().startswith(_BEGINNINGS):
        return ()
    try:
        return read_json(text).repeated
    except (ValueError, RecursionError):
        return ()
