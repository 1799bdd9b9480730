"""The ready features against a tenant that was started by hand, as against a real one."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.emulator.emulator_process import running
from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project"]

REPOSITORY = Path(__file__).resolve().parents[2]


def test_ready_features_pass_with_two_service_keys(project: InnerProject, tmp_path: Path) -> None:
    """What the tenant file does not say is found through the API, message logs included."""
    for folder in ("features", "payloads", "tenants"):
        shutil.copytree(REPOSITORY / folder, project.root / folder)
    with running(tmp_path / "keys") as emulator:
        run = project.run(
            "--tenant=trial",
            IFLOW_SERVICE_KEY=str(emulator.keys / "integration-flow.json"),
            IFLOW_API_KEY=str(emulator.keys / "api.json"),
            REQUESTS_CA_BUNDLE=str(emulator.ca),
        )
    assert run.code == 0, run.text
    about_logs = [each for each in run.summary("trial/dev")["scenarios"] if "monitoring" in each["tags"]]
    assert len(about_logs) > 10
    assert {each["status"] for each in about_logs} == {"passed"}
