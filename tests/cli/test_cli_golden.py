"""``pytest-iflow golden``: differences of many answers are shown as one, and one command allows them."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from pytest_iflow.cli.main import app
from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project"]

FEATURE = """
    Feature: many
      Scenario Outline: product <n>
        When I send a POST request to the iFlow "/prices" with the body:
          \"\"\"
          <n>
          \"\"\"
        Then the response equals the golden message "<n>.xml"
        Examples:
          | n |
          | a |
          | b |
          | c |
    """
FLOW = '''
    """Answers with one product."""
    from pytest_iflow.emulator.flows.message import Reply


    def answer(message, surroundings):
        product = b"<Products><Product><Price>1.50</Price><Name>Disc</Name></Product></Products>"
        return Reply(product, "application/xml")
    '''


def test_what_differs_at_one_place_is_one_line_and_one_command(
    project: InnerProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the terminal and on the page; the rule goes to those that differ there, and the suite passes."""
    project.write("features/many.feature", FEATURE)
    project.write("tenants/local-flows/prices.py", FLOW)
    flow = 'artifact = "P"\naddress = "/prices"\nfunction = "prices:answer"\n'
    project.write("tenants/local-flows/prices.toml", flow)
    golden = "<Products><Product><Price>{}</Price><Name>{}</Name></Product></Products>"
    for name, price, title in (("a", "1.00", "Disc"), ("b", "1.10", "Disc"), ("c", "1.50", "Disk")):
        project.write(f"payloads/{name}.xml", golden.format(price, title))
    run = project.run("--tenant=local")
    assert run.code == 1
    said = "2 of 3 that differ do so only at /Products/Product/Price: add an ignore rule?"
    command = "pytest-iflow golden --ignore='/Products/Product/Price' --tenant=local --environment=dev"
    assert said in run.out
    assert command in run.out
    page = (project.root / "reports" / "local" / "dev" / "summary.html").read_text(encoding="utf-8")
    assert said in page

    monkeypatch.chdir(project.root)
    done = CliRunner().invoke(app, ["golden", "--ignore=/Products/Product/Price", "--tenant=local"])
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [
        f"payloads/{name}.golden.toml: ignore /Products/Product/Price" for name in ("a", "b")
    ]
    nothing = CliRunner().invoke(app, ["golden", "--ignore=/Products/Product/Id", "--tenant=local"])
    assert nothing.exit_code == 1
    assert "No answer of the last run differs at" in nothing.output
    wrong = CliRunner().invoke(app, ["golden", "--ignore=Name", "payloads/c.xml"])
    assert wrong.exit_code == 2
    assert "is no XPath" in wrong.output
    assert not (project.root / "payloads" / "c.golden.toml").exists()
    named = CliRunner().invoke(app, ["golden", "--ignore=//Name", "payloads/c.xml"])
    assert named.exit_code == 0, named.output
    assert project.run("--tenant=local").code == 0
