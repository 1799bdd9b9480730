"""When the plugin acts, and that it does nothing elsewhere."""

from __future__ import annotations

from pathlib import Path

from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project"]

BDD_SUITE = """
    import sys
    from pytest_bdd import given, scenarios

    scenarios("features")

    @given("nothing")
    def nothing():
        pass

    def test_nothing_else_is_imported():
        ours = {name for name in sys.modules if name.startswith("pytest_iflow")}
        plugin = {"pytest_iflow.plugin", "pytest_iflow.plugin.entry", "pytest_iflow.plugin.options"}
        assert ours == {"pytest_iflow", *plugin}
"""

FEATURE = "Feature: F\n  Scenario: one\n    Given nothing\n"


def test_a_project_of_its_own_kind_is_left_alone(project: InnerProject) -> None:
    """A suite of pytest-bdd runs as ever: nothing collected, written, started or imported by this plugin."""
    project.write("features/one.feature", FEATURE)
    project.write("test_suite.py", BDD_SUITE)
    run = project.run("-v", "-p", "no:cacheprovider")
    assert run.code == 0, run.text
    assert "test_suite.py::test_one PASSED" in run.out
    assert "test_suite.py::test_nothing_else_is_imported PASSED" in run.out
    assert "2 passed" in run.out
    assert "iflow:" not in run.out
    written = {path.name for path in project.root.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert written == {"pytest.ini", "one.feature", "test_suite.py"}


def test_it_acts_where_it_is_wanted(project: InnerProject) -> None:
    """By option, by variable, by its ini option; the tenant ``local`` is built in."""
    project.write("features/one.feature", FEATURE)
    inert, *runs = project.run_several(
        (["--co"], {}),
        (["--co", "--tenant=local"], {}),
        (["--co"], {"IFLOW_TENANT": "local"}),
        (["--co", "-o", "iflow_tenants=landscape"], {}),
    )
    assert inert.code == 5
    assert "iflow: tenant" not in inert.out
    for run in runs:
        assert run.code == 1, run.text  # the step is not defined here
        assert "iflow: tenant local, environment dev" in run.out
        assert "<FeatureFile one.feature>" in run.out


def test_where_it_does_not_act_a_line_says_why_no_scenario_was_collected(project: InnerProject) -> None:
    """For a folder, a file and a line; nothing is said where tests were collected, or no feature is."""
    project.write("features/one.feature", FEATURE)
    project.write(".venv/lib/other.feature", FEATURE)
    project.write("python/test_it.py", "def test(): pass")
    runs = project.run_several(
        (["features"], {}),
        (["features/one.feature"], {}),
        (["features/one.feature:2"], {}),
        ([], {}),
        (["python", "-k", "nothing"], {}),
    )
    said = (
        f"pytest-iflow leaves {Path('features/one.feature')} alone, since no tenant is chosen: use pytest "
        "--tenant=local, or write IFLOW_TENANT=local into .env, or make a folder tenants"
    )
    assert [run.code for run in runs] == [5, 4, 4, 0, 5]
    assert [run.out.splitlines().count(said) for run in runs] == [1, 1, 1, 0, 0]


def test_a_tenant_in_the_file_env_is_a_choice(project: InnerProject) -> None:
    """An empty one and a comment are none; other variables are nobody's business here."""
    project.write("features/one.feature", FEATURE)
    for text, is_wanted in (
        ("IFLOW_TENANT=local", True),
        ("export IFLOW_TENANT='local'", True),
        ("IFLOW_TENANT=", False),
        ("# IFLOW_TENANT=local\nOTHER=1", False),
    ):
        project.write(".env", text)
        run = project.run("--co", "-q")
        assert ("features/one.feature::one" in run.out, run.code) == ((True, 1) if is_wanted else (False, 5))


def test_an_empty_name_is_no_choice(project: InnerProject) -> None:
    """It comes from a variable that is not set; the default would test another tenant, or nothing."""
    project.write("features/one.feature", FEATURE)
    project.write("tenants/.keep", "")
    for run in project.run_several((["--tenant="], {}), (["--tenant=local", "--environment="], {})):
        assert run.code == 4, run.text
        assert "the name is empty; pytest --tenants lists all" in run.err


def test_tenants_are_listed_and_nothing_runs(project: InnerProject) -> None:
    """Environments, protection, and which clients have credentials; a broken file says so."""
    project.write(
        "tenants/acme.toml",
        """
        default-environment = "dev"
        [environments.dev.clients.default]
        service-key = "env:ACME_KEY"
        [environments.prod]
        protected = true
        [environments.prod.clients.default]
        service-key = "env:ACME_PROD_KEY"
        """,
    )
    project.write("tenants/broken.toml", "a = [")
    project.write("features/one.feature", FEATURE)
    run = project.run("--tenants", ACME_KEY="{}")
    assert run.code == 0, run.text
    rows = [" ".join(line.split()) for line in run.out.splitlines()]
    *rows, local = rows
    assert local.startswith("local dev (default) no default: yes, second: yes, ")
    assert "no," not in local
    assert rows == [
        "tenant environment protected credentials",
        "acme dev (default) no default: yes",
        "acme prod yes default: no",
        "broken - - The tenant file is not valid TOML: Invalid value.",
    ]


def test_two_ways_to_allure_are_refused_with_the_remedy(project: InnerProject) -> None:
    """Without this pytest ends with a traceback; one of them switched off is no trouble."""
    project.write("elsewhere/allure_pytest_bdd.py", "")
    path = str(project.root / "elsewhere")
    run = project.run("--tenant=local", PYTHONPATH=path)
    assert (run.code, run.out) == (4, "")
    assert run.err.strip().splitlines() == [
        "ERROR: allure-pytest-bdd is installed beside allure-pytest, and pytest cannot start with both",
        "  what to do: pip uninstall allure-pytest-bdd (pytest-iflow reports Gherkin to Allure by itself)",
    ]
    run = project.run("--co", "-p", "no:allure_pytest_bdd", PYTHONPATH=path)
    assert run.code == 5, run.text


def test_what_a_start_leaves_is_no_work_for_the_garbage_collector(project: InnerProject) -> None:
    """It is put aside, with what was collected, and the collector goes on as before."""
    project.write(
        "looks.py",
        """
        import gc, sys

        def pytest_sessionfinish():
            test = sys.modules["test_it"]
            is_frozen = not any(test.KEPT is each for each in gc.get_objects())
            print("frozen", is_frozen, gc.get_freeze_count() > 10_000, test.WAS_ENABLED, gc.isenabled())
        """,
    )
    project.write("features/one.feature", FEATURE)
    project.write("test_it.py", "import gc\nWAS_ENABLED = gc.isenabled()\nKEPT = [[]]\ndef test(): pass\n")
    run = project.run("-p", "looks", "--tenant=local", "--co", PYTHONPATH=str(project.root))
    assert "frozen True True False True" in run.out
