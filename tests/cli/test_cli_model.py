"""``pytest-iflow model``: an exported flow in words, as JSON, as a picture, and whether it would run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pytest_iflow.cli.main import app
from tests import exported_bundles as made
from tests.exported_orders import FILES, as_package, as_zip

_DOCUMENTED = Path(__file__).resolve().parents[2] / "docs" / "iflow-bundles.md"
_NAME = "Orders_of_a_shop_whose_name_is_longer_than_one_line_of_a_manifest_may_be"


def model(*arguments: str | Path) -> Result:
    """Return what the command says."""
    return CliRunner().invoke(app, ["model", *map(str, arguments)])


def test_a_flow_is_printed_as_a_reader_follows_it(tmp_path: Path) -> None:
    """Steps with kind and adapters, branches with conditions, parameters with values and places."""
    result = model(as_zip(tmp_path))
    assert result.exit_code == 0
    assert result.output == TREE


TREE = f"""\
{_NAME}  integration flow  1.0.0
├── Orders  integration process
│   ├── Start  message start  ← HTTPS "Shop" /orders
│   ├── Set headers  content modifier
│   ├── Which?  router
│   │   ├── if /order/@kind = 'x'  xpath
│   │   │   └── Look up  Groovy script  look.groovy
│   │   └── otherwise
│   │       └── Shared  Groovy script  all.groovy of Common
│   ├── Ask  request-reply  → HTTP "Mail box" {{{{url}}}}/x
│   ├── Again  looping process call  Again
│   └── End  message end  → SFTP "Mail box" h/in
├── Exception  exception sub-process
│   ├── Error  error start
│   └── Stop  escalation end
├── Again  local process
│   └── Start  start
├── settings
│   └── allowed headers: X-*|Y
└── parameters
    ├── a & b = 1 < 2  in Set headers
    ├── most = 7  in Again
    └── url = https://shop.example  in HTTP
"""


def test_a_package_is_printed_with_all_that_it_holds(tmp_path: Path) -> None:
    """Script collections by their files, and what could not be read; one flow alone where it is named."""
    path = as_package(tmp_path)
    output = model(path).output
    assert "Common  script collection  1.0.0\n├── META-INF/MANIFEST.MF\n" in output
    assert f'not understood in the package\n├── "Broken" {"4" * 32}_content: this is no zip that' in output
    assert model(path, "--flow", _NAME).output == TREE
    unknown = model(path, "--flow", "Order")
    assert unknown.exit_code == 2
    assert f"Known: {_NAME}" in unknown.output


def test_the_document_has_the_keys_that_are_documented(tmp_path: Path) -> None:
    """Scripts rely on them."""
    document = json.loads(model(as_package(tmp_path), "--json").output)
    text = _DOCUMENTED.read_text(encoding="utf-8").partition("## The document")[2]
    bundle = next(one for one in document["bundles"] if one["flow"])
    process = bundle["flow"]["processes"][0]
    samples: list[dict[str, Any]] = [
        document, bundle, bundle["flow"], process, process["steps"][0], process["routes"][0],
        bundle["flow"]["adapters"][0], bundle["flow"]["participants"][0], bundle["parameters"][0],
        bundle["parameters"][0]["used"][0], document["not_understood"][0],
        next(step["loop"] for step in process["steps"] if step["loop"]),
    ]  # fmt: skip
    assert [key for sample in samples for key in sample if f"`{key}`" not in text] == []
    assert [step["id"] for step in process["steps"]][:2] == ["Start_1", "Set_1"]


def test_what_would_run_is_said(tmp_path: Path) -> None:
    """In words, and as JSON for scripts."""
    path = as_package(tmp_path)
    found = json.loads(model(path, "--supported", "--json").output)
    assert list(found) == ["flows"]
    assert [flow["name"] for flow in found["flows"]] == [_NAME, "Broken", "Empty"]
    assert found["flows"][2] == {
        "name": "Empty",
        "ready": False,
        "missing": [{"step": "", "kind": "cannot be read: this is no zip"}],
    }
    output = model(path, "--supported").output
    assert "Empty: not ready\n  cannot be read: this is no zip\n" in output
    assert output.splitlines()[-1].endswith("of 3 flows ready.")


def test_a_picture_is_written(tmp_path: Path) -> None:
    """One flow as SVG, several as a page; other names are refused."""
    assert model(as_zip(tmp_path), "--picture", tmp_path / "flow.svg").exit_code == 0
    assert (tmp_path / "flow.svg").read_text(encoding="utf-8").startswith("<svg ")
    package = as_package(tmp_path)
    assert model(package, "--picture", tmp_path / "flows.html").exit_code == 0
    assert "<h1>Shop</h1>" in (tmp_path / "flows.html").read_text(encoding="utf-8")
    refused = model(package, "--picture", tmp_path / "flow.png")
    assert (refused.exit_code, "ends with .svg or .html" in refused.output) == (2, True)
    refused = model(package, "--picture", tmp_path / "no" / "flow.svg")
    assert (refused.exit_code, "cannot be written" in refused.output) == (2, True)


def test_two_exports_are_compared(tmp_path: Path) -> None:
    """By exit code as diff does it, in words, and as JSON for scripts."""
    old = as_zip(tmp_path)
    assert model("diff", old, old).output == "Nothing differs.\n"
    assert model("diff", old, old).exit_code == 0
    changed = {**FILES, made.IFLW: FILES[made.IFLW].replace(b'"Look up"', b'"Find"')}
    new = made.write(tmp_path / "new.zip", made.zipped(changed))
    result = model("diff", old, new)
    assert result.exit_code == 1
    assert result.output == f'integration flow {_NAME}\n  Groovy script "Look up" is called "Find" now\n'
    shown = model("diff", old, new, "--json")
    assert shown.exit_code == 1
    document = json.loads(shown.output)
    text = _DOCUMENTED.read_text(encoding="utf-8").partition("## What changed")[2]
    change = document["bundles"][0]["changes"][0]
    assert (change["what"], change["id"], change["old"]) == ("step-renamed", "Script_1", "Look up")
    samples = [document, document["bundles"][0], change]
    assert [key for sample in samples for key in sample if f"`{key}`" not in text] == []
    package = model("diff", as_package(tmp_path), as_package(tmp_path))
    assert (package.exit_code, "not compared: Broken" in package.output) == (0, True)


def _not_there(folder: Path) -> list[str | Path]:
    return [folder / "gone.zip"]


def _two(folder: Path) -> list[str | Path]:
    return [as_zip(folder), as_zip(folder)]


def _diff_as_picture(folder: Path) -> list[str | Path]:
    return ["diff", as_zip(folder), as_zip(folder), "--picture", "x.svg"]


def _picture_and_json(folder: Path) -> list[str | Path]:
    return [as_zip(folder), "--picture", "x.svg", "--json"]


def _picture_and_supported(folder: Path) -> list[str | Path]:
    return [as_zip(folder), "--picture", "x.svg", "--supported"]


def _no_zip(folder: Path) -> list[str | Path]:
    return [made.write(folder / "text.zip", b"text")]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_not_there, "no such file or folder"),
        (_two, "diff OLD.zip NEW.zip"),
        (_no_zip, "no zip that can be read"),
        (_diff_as_picture, "--picture is not for diff"),
        (_picture_and_json, "--picture and --json exclude each other"),
        (_picture_and_supported, "--picture and --supported exclude"),
    ],
)
def test_what_cannot_be_read_is_said(
    tmp_path: Path, make: Callable[[Path], list[str | Path]], said: str
) -> None:
    """With exit code 2, and what to do."""
    result = model(*make(tmp_path))
    assert result.exit_code == 2
    assert said in result.output
