"""The list of tenants."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from pytest_iflow.tenants.catalogue import Catalogue
from pytest_iflow.tenants.listing import BrokenTenant, ListedEnvironment, render, tenant_listing

TRIAL = """\
default-environment = "dev"
[environments.dev.clients]
default = { service-key = "env:DEV_KEY" }
monitoring = { service-key = "file:none.json" }
[environments.production]
protected = true
clients = { default = { service-key = "env:PRODUCTION_KEY" } }
"""


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    """Return a catalogue with the tenants trial and broken, beside local."""
    (tmp_path / "trial.toml").write_text(TRIAL, encoding="utf-8")
    (tmp_path / "broken.toml").write_text("a = \nb = 1\n", encoding="utf-8")
    return Catalogue(tmp_path, {})


def environ(tenant: str, environment: str) -> Mapping[str, str]:
    """Return the variables of a run: a key for trial/dev alone."""
    return {"DEV_KEY": "the-secret-itself"} if (tenant, environment) == ("trial", "dev") else {}


def test_each_environment_has_a_row(catalogue: Catalogue) -> None:
    """Default, protection and credentials are told; a broken file is a row of its own."""
    built_in = dict.fromkeys(catalogue.environment("local").clients, True)
    assert tenant_listing(catalogue, environ) == [
        BrokenTenant("broken", "The tenant file is not valid TOML: Invalid value."),
        ListedEnvironment("local", "dev", True, False, built_in),
        ListedEnvironment("trial", "dev", True, False, {"default": True, "monitoring": False}),
        ListedEnvironment("trial", "production", False, True, {"default": False}),
    ]


def test_the_table_is_aligned_and_shows_no_value(catalogue: Catalogue) -> None:
    """Columns stand under their headings; a credential is yes or no."""
    header, broken, _, dev, production = render(tenant_listing(catalogue, environ)).splitlines()
    assert header == "tenant  environment    protected  credentials"
    assert broken.endswith("The tenant file is not valid TOML: Invalid value.")
    assert dev == "trial   dev (default)  no         default: yes, monitoring: no"
    assert production == "trial   production     yes        default: no"
    assert "the-secret-itself" not in render(tenant_listing(catalogue, environ))


def test_several_mistakes_fit_in_one_row(tmp_path: Path) -> None:
    """Only the first line of the error is shown."""
    (tmp_path / "bad.toml").write_text("a = 1\nb = 1\n", encoding="utf-8")
    row = tenant_listing(Catalogue(tmp_path, {}), environ)[0]
    assert row == BrokenTenant("bad", f"{tmp_path / 'bad.toml'} has 3 mistakes:")


def test_a_file_name_that_is_no_tenant_name_is_shown(tmp_path: Path) -> None:
    """The list does not stop there."""
    (tmp_path / "my tenant.toml").write_text(TRIAL, encoding="utf-8")
    rows = tenant_listing(Catalogue(tmp_path, {}), environ)
    assert [row.tenant for row in rows] == ["local", "my tenant"]
    assert isinstance(rows[1], BrokenTenant)


def test_an_empty_list_is_its_heading() -> None:
    """There is always a table."""
    assert render([]) == "tenant  environment  protected  credentials"
