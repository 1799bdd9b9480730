"""The pages for those who come from other tools: each row holds for one answer and fails for the other."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project"]

DOCS = Path(__file__).parents[1] / "docs"
PAGES = ("from-karate.md", "from-postman.md")
FLOW = '''
    """Answers with the body that came."""
    from pytest_iflow.emulator.flows.message import Reply


    def answer(message, surroundings):
        return Reply(message.body, message.headers.get("content-type", "application/json"))
    '''
_CELL = re.compile(r"(?<!\\)\|")
_SPAN = re.compile(r"`([^`]*)`")
_WORDS_OF_A_FAILURE = re.compile(
    r"  expected:   .*\n  found:|, expected |what is expected, \d+ difference|what it should not"
)


def rows(page: str) -> list[tuple[str, list[str], list[str]]]:
    """Return the rows with examples: what the other tool says, step and text below it, and both answers."""
    found = []
    for line in (DOCS / page).read_text(encoding="utf-8").splitlines():
        cells = [_SPAN.findall(cell.replace("\\|", "|")) for cell in _CELL.split(line)[1:-1]]
        if len(cells) == 4 and cells[0]:
            found.append((cells[0][0], cells[1], [*cells[2], *cells[3]]))
    return found


ROWS = [(page, number, *row) for page in PAGES for number, row in enumerate(rows(page))]


def scenario(title: str, step: list[str], body: str) -> list[str]:
    """Return the lines of a scenario."""
    kind = "application/xml" if body.startswith("<") else "application/json"
    lines = [
        f"  Scenario: {title}",
        f'    Given the request header "Content-Type" is "{kind}"',
        '    When I send a POST request to the iFlow "/answer" with the body:',
        *('      """', f"      {body}", '      """'),
        f"    Then {step[0]}",
    ]
    return [*lines, '      """', f"      {step[1]}", '      """'] if len(step) > 1 else lines


@pytest.fixture(scope="module")
def run(new_project: Callable[[], InnerProject]) -> InnerRun:
    """All rows of all pages, twice."""
    project = new_project()
    project.write("tenants/local-flows/answer.py", FLOW)
    flow = 'artifact = "A"\naddress = "/answer"\nfunction = "answer:answer"\n'
    project.write("tenants/local-flows/answer.toml", flow)
    lines = ["Feature: other tools"]
    for page, number, _, step, answers in ROWS:
        for answer, which in zip(answers, ("holds", "fails"), strict=False):
            lines += scenario(f"{page} {number} {which}", step, answer)
    path = project.root / "features" / "tools.feature"
    path.parent.mkdir()
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return project.run("--tenant=local", "-q")


def test_there_are_rows() -> None:
    """Most of them with both answers."""
    assert len(ROWS) > 90
    assert sum(len(answers) == 2 for *_, answers in ROWS) > 80


@pytest.mark.parametrize(("page", "number", "said", "step", "answers"), ROWS)
def test_a_row_holds_and_fails(
    run: InnerRun, page: str, number: int, said: str, step: list[str], answers: list[str]
) -> None:
    """As the page says, and the failure names what is expected and what was found."""
    found = run.scenarios()
    good = found[f"{page} {number} holds"]
    assert good["status"] == "passed", (said, step, good["message"])
    if len(answers) > 1:
        bad = found[f"{page} {number} fails"]
        assert bad["status"] == "failed", (said, step, bad["message"])
        assert _WORDS_OF_A_FAILURE.search(bad["message"]), bad["message"]
