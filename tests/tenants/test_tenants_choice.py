"""Which environment is meant."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from pytest_iflow.tenants.choice import choose_environment

TENANT = "".join(
    f'[environments.{name}.clients.default]\nservice-key = "env:KEY"\n' for name in ("dev", "test")
)


@pytest.mark.parametrize(
    ("tenant", "environment", "process", "chosen"),
    [
        (None, None, {}, "local/dev"),
        (None, "test", {"IFLOW_TENANT": "acme"}, "acme/test"),
        ("acme", None, {"IFLOW_TENANT": "other"}, "acme/dev"),
        ("acme", None, {"IFLOW_ENVIRONMENT": "test"}, "acme/test"),
    ],
)
def test_a_name_that_is_given_wins_over_variables_and_those_over_files(
    tmp_path: Path, tenant: str | None, environment: str | None, process: Mapping[str, str], chosen: str
) -> None:
    """And the tenant's own file of variables is read."""
    tenants = tmp_path / "tenants"
    tenants.mkdir()
    (tenants / "acme.toml").write_text(TENANT, encoding="utf-8")
    (tmp_path / ".env.acme").write_text("IFLOW_ENVIRONMENT=dev\nOF_ACME=1\n", encoding="utf-8")
    found, environ = choose_environment(tmp_path, tenants, tenant, environment, process)
    assert str(found) == chosen
    assert ("OF_ACME" in environ) == chosen.startswith("acme")
