"""The ready features on the local tenant as it behaves in other years than the default one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project"]

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("profile", ["2020", "2026"])
def test_ready_features_pass_in_each_profile(project: InnerProject, profile: str) -> None:
    """Other refusals, and answers that name no message log; side by side, for logs are waited for."""
    for folder in ("features", "payloads", "schemas", "tenants"):
        shutil.copytree(REPOSITORY / folder, project.root / folder)
    tenant = (REPOSITORY / "tenants" / "local.toml").read_text(encoding="utf-8")
    project.write("tenants/local.toml", f'{tenant}\n[environments.dev.emulator]\nprofile = "{profile}"\n')
    run = project.run("--tenant=local", "-q", "--parallel=16")
    assert run.code == 0, run.text
    assert set(run.statuses().values()) == {"passed"}
    assert len(run.statuses()) > 80
