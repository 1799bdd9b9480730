"""``pytest-iflow init``: a suite that passes as it stands."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pytest_iflow.cli.main import app
from pytest_iflow.cli.steps import parameter_types_for_editors
from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project"]


def init(folder: Path) -> Result:
    """Make a suite and return what the command says."""
    return CliRunner().invoke(app, ["init", str(folder)])


def test_a_new_suite_passes_and_lint_finds_nothing(new_project: Callable[[], InnerProject]) -> None:
    """In a folder whose name has blanks and umlauts, by the commands that it names."""
    project = new_project()
    project.root = project.root / "Prüfung der Aufträge"
    result = init(project.root)
    assert result.exit_code == 0, result.output
    assert f'cd "{project.root}"\n  pytest --tenant=local\n' in result.output
    run = project.run("--tenant=local", "-W", "error")
    assert run.code == 0
    assert set(run.statuses().values()) == {"passed"}
    assert (project.root / "README.md").read_text(encoding="utf-8").startswith("# Prüfung der Aufträge\n")
    lint = project.command("lint")
    assert (lint.code, lint.out) == (0, "Nothing was found.\n")


def test_a_suite_has_what_it_needs(tmp_path: Path) -> None:
    """Settings, ignored secrets, a template for a tenant, CI; and no Python."""
    assert init(tmp_path / "suite").exit_code == 0
    files = {
        path.relative_to(tmp_path / "suite").as_posix(): path.read_text(encoding="utf-8")
        for path in (tmp_path / "suite").rglob("*")
        if path.is_file()
    }
    assert set(files) == {
        ".env.example",
        ".gitattributes",
        ".github/workflows/tests.yml",
        ".gitignore",
        ".vscode/extensions.json",
        ".vscode/settings.json",
        "README.md",
        "features/products.feature",
        "payloads/product-request.json",
        "pytest.ini",
        "schemas/product.schema.json",
        "tenants/example.toml",
    }
    assert {".env", "*.service-key.json", "!.env.example"} <= set(files[".gitignore"].splitlines())
    settings = json.loads(files[".vscode/settings.json"])
    assert settings["cucumber.parameterTypes"] == parameter_types_for_editors()
    assert "value" in {each["name"] for each in settings["cucumber.parameterTypes"]}
    assert len(files["README.md"].splitlines()) <= 20
    assert "pytest-iflow lint" in files[".github/workflows/tests.yml"]
    assert "#:schema" not in files["tenants/example.toml"]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """What was there stays; the command names it, and what a .gitignore has to have."""
    (tmp_path / "README.md").write_text("mine", encoding="utf-8")
    (tmp_path / ".gitignore").write_text("mine", encoding="utf-8")
    (tmp_path / "other.txt").write_text("mine", encoding="utf-8")
    result = init(tmp_path)
    assert result.exit_code == 0
    assert "Left as they were: .gitignore, README.md\n" in result.output
    assert "See that .gitignore has these lines: .env, *.service-key.json, reports/\n" in result.output
    assert {(tmp_path / name).read_text() for name in ("README.md", ".gitignore", "other.txt")} == {"mine"}
    assert (tmp_path / "pytest.ini").is_file()
    again = init(tmp_path)
    assert again.exit_code == 0
    assert again.output.endswith("nothing was written.\n")


def test_a_folder_that_cannot_be_written_is_a_usage_error(tmp_path: Path) -> None:
    """One sentence, and nothing is left."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    result = init(tmp_path / "file" / "suite")
    assert result.exit_code == 2
    assert "The suite cannot be written: " in result.output
    assert "Traceback" not in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is a folder that nobody may write, of Linux")
def test_a_read_only_folder_is_a_usage_error() -> None:
    """Also for the superuser."""
    result = init(Path("/proc/suite"))
    assert result.exit_code == 2
    assert "The suite cannot be written: " in result.output


def test_an_interruption_leaves_nothing(tmp_path: Path) -> None:
    """Neither files nor folders of the command; what was there stays."""
    (tmp_path / "features").mkdir()
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    script = (
        "import sys\n"
        "from pytest_iflow.cli.main import app\n"
        "renamed = []\n"
        "def interrupt(event, arguments):\n"
        "    if event == 'os.rename':\n"
        "        renamed.append(arguments)\n"
        "        if len(renamed) == 7:\n"
        "            raise KeyboardInterrupt\n"
        "sys.addaudithook(interrupt)\n"
        f"app(['init', {str(tmp_path)!r}])\n"
    )
    command = [sys.executable, "-c", script]
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603, our own
    assert run.returncode != 0
    assert "Traceback" not in run.stderr
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["features", "mine.txt"]


@pytest.mark.skipif(shutil.which("git") is None, reason="git is missing")
def test_git_keeps_line_ends_and_payloads_as_they_are(tmp_path: Path) -> None:
    """LF in features on every machine; what a scenario sends is not touched. So it is in this repository."""
    suite = tmp_path / "suite"
    assert init(suite).exit_code == 0
    shutil.copyfile(Path(__file__).parents[2] / ".gitattributes", tmp_path / ".gitattributes")
    for folder in (tmp_path, suite):
        git = ["git", "-C", str(folder)]
        subprocess.run([*git, "init", "-q"], check=True)  # noqa: S603, git of this machine
        asked = ["check-attr", "text", "eol", "--", "features/a.feature", "payloads/a.json", "data/a.csv"]
        said = subprocess.run([*git, *asked], check=True, capture_output=True, text=True).stdout  # noqa: S603
        assert "features/a.feature: text: auto\nfeatures/a.feature: eol: lf\n" in said
        assert "payloads/a.json: text: unset\n" in said
        assert "data/a.csv: text: unset\n" in said
