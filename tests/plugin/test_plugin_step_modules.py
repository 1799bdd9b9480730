"""Where step definitions come from."""

from __future__ import annotations

from pathlib import Path

from pytest_iflow.plugin.step_modules import shipped_step_modules, step_modules
from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project"]

FEATURE = "Feature: F\n  Scenario: one\n    Given nothing\n"


def test_an_assert_that_fails_shows_its_values(project: InnerProject) -> None:
    """As in a Python test; also in a module beside it in the folder that it imports."""
    project.write("features/one.feature", FEATURE)
    project.write("steps/limits.py", "def within(number):\n    assert number < 10\n")
    project.write(
        "steps/own.py",
        """
        from pytest_bdd import given
        from steps.limits import within

        @given("nothing")
        def nothing():
            within(17)
        """,
    )
    run = project.run("--tenant=local", "-q")
    assert "E       assert 17 < 10\n" in run.out
    assert run.statuses() == {"one": "failed"}
    assert run.scenarios()["one"]["message"] == "AssertionError: assert 17 < 10"


def test_steps_of_a_checkout_are_those_that_ship(tmp_path: Path) -> None:
    """Beside an installed wheel they would be defined twice, and nothing would run."""
    for name in ("src/pytest_iflow/__init__.py", "steps/values.py"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("raise AssertionError\n", encoding="utf-8")
    assert list(step_modules(tmp_path)) == list(shipped_step_modules())


def test_steps_that_cannot_be_read_are_one_clear_message(project: InnerProject) -> None:
    """With the line of the project's own file; nothing runs, and no traceback of pytest's is shown."""
    wrong = (
        ("import json\nimport no_such_module\n", "ModuleNotFoundError: No module named 'no_such_module'", 2),
        ("def half(:\n", "SyntaxError: invalid syntax", 1),
        ("import json\n\njson.loads('{')\n", "JSONDecodeError: Expecting property name", 3),
    )
    for number, (text, _, _) in enumerate(wrong):
        project.write(f"{number}/pytest.ini", "[pytest]\n")
        project.write(f"{number}/features/one.feature", FEATURE)
        project.write(f"{number}/steps/own.py", text)
    runs = project.run_several(
        *(([f"--rootdir={n}", f"-c{n}/pytest.ini", "--tenant=local", f"{n}/features"], {}) for n in range(3))
    )
    for number, (run, (_, said, line)) in enumerate(zip(runs, wrong, strict=True)):
        assert run.code == 4, run.text
        assert f"ERROR: Steps of the project cannot be read: {said}" in run.err
        assert f"{number}/steps/own.py:{line}\n" in run.err.replace("\\", "/")
        assert "what to do" in run.err
        assert "Traceback" not in run.text
        assert "INTERNALERROR" not in run.text
