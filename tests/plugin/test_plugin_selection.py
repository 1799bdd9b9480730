"""What the command line leaves out, as one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_iflow.plugin.selection import selection
from pytest_iflow.secrets.registry import register_secret


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two folders of features, in which the command line is typed."""
    for folder in ("features/oauth", "features/orders"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    return tmp_path


def of(*arguments: str, shard: str = "") -> str:
    """Return the selection of a command line."""
    config = pytest.Config.fromdictargs({}, [*arguments, "-p", "no:iflow"])
    config.option.scenario = None
    return selection(config, shard)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], ""),
        (["features"], ""),
        (["."], ""),
        (["features/oauth", "features/orders"], "features/oauth features/orders"),
        (["features/oauth"], "features/oauth"),
        (["features/oauth/a.feature::A call"], "'features/oauth/a.feature::A call'"),
        (["-v", "-x", "--tb=short"], ""),
        (["-k", "not slow", "-m", "smoke"], "-k 'not slow' -m smoke"),
        (["--lf"], "--lf"),
        (["--deselect", "features/a.feature::A", "--ignore=features/oauth"],
         "--deselect features/a.feature::A --ignore features/oauth"),
    ],
)  # fmt: skip
def test_what_is_left_out_is_named(root: Path, arguments: list[str], text: str) -> None:
    """Nothing where the whole suite runs, however that is said."""
    assert root.is_dir()
    assert of(*arguments) == text


def test_the_suite_is_what_testpaths_say(root: Path) -> None:
    """Naming all of it leaves nothing out; a path of this machine is shown from the root."""
    (root / "pytest.ini").write_text("[pytest]\ntestpaths = features/oauth\n", encoding="utf-8")
    assert of("features/oauth") == ""
    assert of("features/orders") == "features/orders"
    assert of(str(root / "features" / "orders")) == "features/orders"


def test_the_shard_stands_last(root: Path) -> None:
    """So that what else was selected can be told from it."""
    assert root.is_dir()
    assert of("--lf", shard="2/4") == "--lf --shard 2/4"
    assert of(shard="2/4") == "--shard 2/4"


def test_no_secret_is_shown(root: Path) -> None:
    """Whoever types one by mistake."""
    register_secret("typed-by-mistake")
    assert root.is_dir()
    assert of("-k", "typed-by-mistake") == "-k '***'"
