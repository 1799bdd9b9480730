"""Feature files as test modules, in real runs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project"]

STEPS = """
    import pytest
    from pytest_iflow.gherkin.vocabulary import step

    @pytest.fixture
    def notes():
        return []

    @pytest.fixture(scope="module")
    def of_the_file():
        return []

    @step("I note {string}")
    def note(text, notes):
        notes.append(text)

    @step("the notes are {string}")
    def notes_are(text, notes):
        assert ", ".join(notes) == text

    @step("the table:")
    def table(datatable, notes):
        notes.extend("=".join(row) for row in datatable)

    @step("the text:")
    def doc_string(docstring, notes):
        notes.append(docstring)

    @step("the file has come to scenario {int}")
    def scenario_number(number, of_the_file):
        of_the_file.append(number)
        assert len(of_the_file) == number
"""

LANGUAGE = """
    # language: de
    Funktionalität: Größen
      Grundlage:
        Angenommen I note "Grundlage"
      Szenario: Übergröße
        Wenn I note "groß"
        Und I note "größer"
        Dann the notes are "Grundlage, groß, größer"
      Szenariogrundriss: Größe <größe>
        Dann the notes are "<größe>"
        Beispiele:
          | größe     |
          | Grundlage |
"""

RULES = """
    Feature: Rules
      Background:
        Given I note "feature"
      Scenario: Outside
        Then the notes are "feature"
      Rule: First
        Background:
          Given I note "rule"
        Scenario: Inside the first
          Then the notes are "feature, rule"
      Rule: Second
        Example: Inside the second
          Then the notes are "feature"
"""

ARGUMENTS = """
    Feature: Arguments
      Scenario: A table and a text
        Given the table:
          | a | b |
          | 1 | 2 |
        And the text:
          ```
          one
            two
          ```
        And the file has come to scenario 1
      Scenario Outline: A text with <what>
        Given the text:
          \"\"\"json
          {"what": "<what>"}
          \"\"\"
        Then the notes are "{\\"what\\": \\"<what>\\"}"
        And the file has come to scenario 2
        Examples:
          | what |
          | this |
"""

ROWS = """
    Feature: Rows
      Scenario Outline: Row <value>
        Given I note "<value>"
        Then the notes are "<value>"
        Examples:
          | value   | why             |
          | a::b    | colons          |
          | [c]     | brackets        |
          | same    | equal           |
          | same    | equal           |
          | äöü ß € | umlauts         |
          | a/b\\\\c  | slashes         |
      Scenario Outline: The title is always the same
        Given I note "x"
        Examples:
          | value |
          |       |
          |       |
          | LONG  |
      Scenario: Colons :: and [brackets]
        Given I note "x"
"""

IDS = [
    "arguments.feature::A table and a text",
    "arguments.feature::A text with <what>[this]",
    "language.feature::Übergröße",
    "language.feature::Größe <größe>[Grundlage]",
    "rows.feature::Row <value>[a:b-colons]",
    "rows.feature::Row <value>[(c)-brackets]",
    "rows.feature::Row <value>[same-equal]",
    "rows.feature::Row <value>[same-equal#2]",
    "rows.feature::Row <value>[äöü ß €-umlauts]",
    r"rows.feature::Row <value>[a/b\c-slashes]",
    "rows.feature::The title is always the same[empty]",
    "rows.feature::The title is always the same[empty#2]",
    "rows.feature::The title is always the same[" + 80 * "x" + "]",
    "rows.feature::Colons : and (brackets)",
    "rules.feature::Outside",
    "rules.feature::Inside the first",
    "rules.feature::Inside the second",
]

BROKEN = {
    "empty": "",
    "no_steps": "Feature: F\n  Scenario: nothing to do\n",
    "twice": "Feature: F\n  Scenario: a\n    Given b\n  Scenario: a\n    Given b\n",
    "typo": "Feature: F\n  Scenario: a\n    Giventhe tenant\n    Given b\n",
}


def good_suite(new_project: Callable[[], InnerProject]) -> InnerProject:
    """Return a project with everything that Gherkin has."""
    project = new_project()
    project.write("conftest.py", STEPS)
    for name, text in {"language": LANGUAGE, "rules": RULES, "arguments": ARGUMENTS, "rows": ROWS}.items():
        project.write(f"features/{name}.feature", text.replace("LONG", 200 * "x"))
    return project


@pytest.fixture(scope="module")
def suite(new_project: Callable[[], InnerProject]) -> InnerProject:
    """The project with everything that Gherkin has."""
    return good_suite(new_project)


@pytest.fixture(scope="module")
def run(suite: InnerProject) -> InnerRun:
    """One run of it."""
    return suite.run("--tenant=local", "-q")


def test_every_scenario_and_every_row_runs(run: InnerRun) -> None:
    """Languages, rules, backgrounds, tables, texts and awkward rows: none is lost, all pass."""
    assert run.code == 0, run.text
    scenarios = run.summary()["scenarios"]
    assert {one["node_id"] for one in scenarios} == {f"features/{node}" for node in IDS}
    assert {one["status"] for one in scenarios} == {"passed"}


def test_a_scenario_is_known_by_its_place_in_the_feature_file(run: InnerRun) -> None:
    """File and line of the scenario, or of the row, so that editors and reports lead there."""
    places = {(one["file"], one["line"], one["scenario"]) for one in run.summary()["scenarios"]}
    assert ("features/language.feature", 5, "Übergröße") in places
    assert ("features/rows.feature", 7, "Row a::b") in places
    assert ("features/rows.feature", 18, "The title is always the same []") in places
    assert ("features/rows.feature", 17, "The title is always the same []") in places


def test_feature_rule_and_steps_are_told_in_the_words_of_the_file(run: InnerRun) -> None:
    """Steps of the backgrounds come first, keywords as they were written."""
    scenarios = run.scenarios()
    inside = scenarios["Inside the first"]
    assert (inside["feature"], inside["rule"]) == ("Rules", "First")
    assert [step["text"] for step in inside["steps"]] == [
        'I note "feature"',
        'I note "rule"',
        'the notes are "feature, rule"',
    ]
    german = scenarios["Übergröße"]
    assert (german["feature"], german["rule"]) == ("Größen", None)
    assert [step["keyword"] for step in german["steps"]] == ["Angenommen", "Wenn", "Und", "Dann"]


def test_a_row_is_told_by_its_values(run: InnerRun) -> None:
    """By column; the title holds them where it names a column."""
    row = run.scenarios()["Row [c]"]
    assert row["example"] == {"value": "[c]", "why": "brackets"}


def test_every_id_that_pytest_prints_selects_its_test(suite: InnerProject) -> None:
    """Copied from the terminal, whatever the values hold."""
    (run,) = suite.collect([f"features/{node}" for node in IDS])
    assert run.collected() == IDS


@pytest.fixture(scope="module")
def faulty(new_project: Callable[[], InnerProject]) -> InnerProject:
    """A project with files that cannot be read, and one that can."""
    project = new_project()
    for name, text in BROKEN.items():
        project.write(f"features/{name}.feature", text)
    project.write("features/latin.feature", "").write_bytes("Feature: Größe".encode("latin-1"))
    project.write("features/good.feature", "Feature: F\n  @smoke\n  Scenario: a\n    Given an access token\n")
    return project


UNREADABLE = [f"features/{name}.feature::<file cannot be read>" for name in sorted([*BROKEN, "latin"])]


def test_files_that_cannot_be_read_do_not_stop_the_others(faulty: InnerProject) -> None:
    """Each is a broken scenario that says every problem with its line; a traceback of ours helps nobody."""
    run = faulty.run("--tenant=local")
    assert run.code == 1
    assert "collected 6 items" in run.out
    summary = run.summary()
    assert (summary["verdict"], summary["counts"]["passed"], summary["counts"]["broken"]) == ("failed", 1, 5)
    broken = {one["node_id"]: one for one in summary["scenarios"] if one["status"] == "broken"}
    assert sorted(broken) == UNREADABLE
    for name, line, said in (
        ("empty", 1, "features/empty.feature:1: the file has no feature"),
        ("no_steps", 2, 'features/no_steps.feature:2: the scenario "nothing to do" has no steps'),
        ("twice", 4, 'features/twice.feature:4: the scenario "a" has the name of the one in line 2'),
        ("typo", 3, "features/typo.feature:3: 'Giventhe tenant' is read as description"),
        ("latin", 1, "features/latin.feature:1: the file is not in UTF-8"),
    ):
        assert f"  {said}" in run.out
        one = broken[f"features/{name}.feature::<file cannot be read>"]
        assert (one["line"], one["feature"]) == (line, f"features/{name}.feature")
        assert one["message"].startswith(said)
    assert "Traceback" not in run.text
    assert ".py" not in run.out
    results = [one for one in run.allure("*-result.json") if one["name"] == "<file cannot be read>"]
    assert {(one["status"], len(one.get("steps", []))) for one in results} == {("broken", 0)}
    assert len({one["historyId"] for one in results}) == len(results) == 5
    files = run.files()
    assert 'errors="5"' in files["reports/local/dev/junit.xml"]
    assert "features/empty.feature:1: the file has no feature" in files["reports/local/dev/summary.html"]


@pytest.mark.parametrize(
    "chosen", [["-k", "nobody"], ["-m", "smoke and not smoke"], ["--scenario", "nobody"]]
)
def test_no_selection_hides_a_file_that_cannot_be_read(faulty: InnerProject, chosen: list[str]) -> None:
    """Nobody knows what stands in it; a mere collection fails, too."""
    run = faulty.run("--tenant=local", "--co", "-q", *chosen)
    assert (run.code, run.collected()) == (1, [one.removeprefix("features/") for one in UNREADABLE])


def test_a_node_id_or_a_line_of_a_faulty_file_is_the_file(faulty: InnerProject) -> None:
    """As an editor asks for it; other files are left alone."""
    by_id, by_line, good = faulty.collect(
        ["features/twice.feature::a", "features/twice.feature::a"],
        ["features/twice.feature:3"],
        ["features/good.feature"],
    )
    expected = ["twice.feature::<file cannot be read>"]
    assert (by_id.collected(), by_line.collected(), good.collected()) == (
        expected,
        expected,
        ["good.feature::a"],
    )
    assert (by_id.code, good.code) == (1, 0)


def test_a_faulty_file_is_in_one_shard(faulty: InnerProject) -> None:
    """As every other test."""
    shards = faulty.collect(*([f"--shard={number}/3"] for number in (1, 2, 3)))
    found = [name for run in shards for name in run.collected()]
    assert sorted(found) == sorted(
        ["good.feature::a", *(one.removeprefix("features/") for one in UNREADABLE)]
    )


def test_a_faulty_file_runs_again_until_it_is_mended(new_project: Callable[[], InnerProject]) -> None:
    """With --lf, and with workers of xdist; what stood in it is not taken for removed meanwhile."""
    project = new_project()
    good = "Feature: F\n  Scenario: a\n    Given an access token\n"
    project.write("features/a.feature", good)
    project.write("features/b.feature", good)
    assert project.run("--tenant=local", "-q").code == 0
    project.write("features/b.feature", f"{good}  nonsense\n")
    broken = project.run("--tenant=local", "-n", "1")
    assert (broken.code, broken.statuses()) == (1, {"a": "passed", "<file cannot be read>": "broken"})
    assert "gone" not in broken.summary()["changes"]["scenarios"].values()
    again = project.run("--tenant=local", "-q", "--lf")
    assert (again.code, again.statuses()) == (1, {"<file cannot be read>": "broken"})
    project.write("features/b.feature", good)
    assert project.run("--tenant=local", "-q", "--lf").code == 0


def test_a_protected_environment_tells_of_a_faulty_file(new_project: Callable[[], InnerProject]) -> None:
    """Its scenarios may be tagged @safe; those that are skipped there are not checked."""
    project = new_project()
    project.write(
        "tenants/far.toml",
        """
        [environments.dev]
        protected = true
        [environments.dev.clients.default]
        service-key = "emulator:integration-flow"
        """,
    )
    project.write("features/a.feature", "Feature: F\n  Scenario: a\n    Given nobody knows what\n")
    project.write("features/b.feature", "nonsense\n")
    run = project.run("--tenant=far", "--co", "-q")
    assert run.code == 1, run.text
    told = [line for line in run.out.splitlines() if line.startswith("  features/")]
    assert told == ["  features/b.feature:1: 'nonsense' is not expected here"]


def test_a_fixture_with_parameters_multiplies_the_rows(project: InnerProject) -> None:
    """Each scenario has its own name and the values of its row, whatever the other parameters are."""
    project.write(
        "conftest.py",
        """
        import pytest
        from pytest_iflow.gherkin.vocabulary import step

        @pytest.fixture(params=["red", "blue"], autouse=True)
        def colour(request):
            return request.param

        @step("{string} is told")
        def tell(name, colour):
            print(f"\\ntold {name} {colour}")
        """,
    )
    project.write(
        "features/rows.feature",
        'Feature: F\n  Scenario Outline: row\n    Given "<name>" is told\n    Examples:\n'
        "      | name |\n      | Öl |\n      | B |\n      | C |\n",
    )
    run = project.run("--tenant=local", "-q", "-s")
    assert run.code == 0, run.text
    pairs = [(name, colour) for name in ("Öl", "B", "C") for colour in ("red", "blue")]
    assert sorted(line for line in run.out.splitlines() if line.startswith("told ")) == sorted(
        f"told {name} {colour}" for name, colour in pairs
    )
    ids = {each["node_id"] for each in run.summary()["scenarios"]}
    assert ids == {f"features/rows.feature::row[{colour}-{name}]" for name, colour in pairs}
