"""The pages for those who come from other tools: each row holds for one answer and fails for the other."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_bdd.steps import step_function_context_registry

from pytest_iflow.gherkin.vocabulary import Phrase
from pytest_iflow.plugin.step_modules import shipped_step_modules
from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project"]

DOCS = Path(__file__).parents[1] / "docs"
PAGES = ("from-karate.md", "from-postman.md")
FLOW = '''
    """Answers with the body that came, and a header where there is one."""
    from pytest_iflow.emulator.flows.message import Reply


    def answer(message, surroundings):
        kind = message.headers.get("content-type", "application/json")
        return Reply(message.body, kind, headers=(("X-Id", "1"),) if message.body else ())
    '''
OTHERWISE = {
    "*(any other status)*": "/status?code=418",
    "*(any error)*": "/status?code=500",
    "*(any later answer)*": "/slow?seconds=5.1",
    "*(an answer without)*": "/answer",
}
"""The addresses of calls without a body, by what a page says of an answer for which a step fails."""
_CELL = re.compile(r"(?<!\\)\|")
_SPAN = re.compile(r"`([^`]*)`")
_WORDS_OF_A_FAILURE = re.compile(
    r"  expected:   .*\n  found:|, expected |what is expected, \d+ difference|what it should not"
)


def rows(page: str) -> list[tuple[str, list[str], list[str]]]:
    """Return the rows with examples: what the other tool says, step and text below it, and both answers."""
    found = []
    for line in (DOCS / page).read_text(encoding="utf-8").splitlines():
        texts = [cell.strip().replace("\\|", "|") for cell in _CELL.split(line)[1:-1]]
        cells = [_SPAN.findall(text) for text in texts]
        if len(cells) == 4 and cells[0]:
            found.append((cells[0][0], cells[1], [*cells[2], *(cells[3] or [texts[3]])]))
    return found


ROWS = [(page, number, *row) for page in PAGES for number, row in enumerate(rows(page))]


def scenario(title: str, step: list[str], body: str) -> list[str]:
    """Return the lines of a scenario."""
    if body in OTHERWISE:
        call = f'    When I send a GET request to the iFlow "{OTHERWISE[body]}"'
        return [f"  Scenario: {title}", call, f"    Then {step[0]}"]
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
        for answer, which in zip(answers, ("holds", "fails"), strict=True):
            lines += scenario(f"{page} {number} {which}", step, answer)
    path = project.root / "features" / "tools.feature"
    path.parent.mkdir()
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return project.run("--tenant=local", "-q", "--parallel=8")


def test_there_are_rows() -> None:
    """Each with both answers."""
    assert len(ROWS) > 150
    assert {len(answers) for *_, answers in ROWS} == {2}


@pytest.mark.parametrize("page", PAGES)
def test_what_is_said_without_answers_is_a_step(page: str) -> None:
    """In rows of two columns."""
    list(shipped_step_modules())
    contexts = step_function_context_registry.values()
    phrases = [each.parser for each in contexts if isinstance(each.parser, Phrase)]
    steps = [
        step
        for line in (DOCS / page).read_text(encoding="utf-8").splitlines()
        if len(cells := _CELL.split(line)[1:-1]) == 2
        for step in _SPAN.findall(cells[1])
        if step.startswith(("the ", "I "))
    ]
    assert len(steps) > 5
    assert [step for step in steps if not any(each.is_matching(step) for each in phrases)] == []


@pytest.mark.parametrize(("page", "number", "said", "step"), [row[:4] for row in ROWS])
def test_a_row_holds_and_fails(run: InnerRun, page: str, number: int, said: str, step: list[str]) -> None:
    """As the page says, and the failure names what is expected and what was found."""
    found = run.scenarios()
    good = found[f"{page} {number} holds"]
    assert good["status"] == "passed", (said, step, good["message"])
    bad = found[f"{page} {number} fails"]
    assert bad["status"] == "failed", (said, step, bad["message"])
    assert _WORDS_OF_A_FAILURE.search(bad["message"]), bad["message"]
