"""``pytest-iflow mock plan``: which parameters lead the receivers of a flow to a mock."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from pytest_iflow.cli.main import app
from tests import engine_flows as flows
from tests.exported_bundles import write, zipped

PLANNED = """\
Planned
  "Whole"  HTTP of a: set
    whole = the URL of the mock, without a query  (now: https://shop.example)
    the mock would get the credentials SHOP
  "Begun"  HCIOData of b: set
    base = the URL of the mock, as far as /orders stands behind it  (now: not set)
    it goes through the Cloud Connector, which has to know the mock
  "Host"  SOAP of c: set
    host = the host of the mock, with its port  (now: empty)
  "Fixed"  HTTP of d: cannot be led to a mock: its address is fixed: externalise it in the editor
  "Ending"  HTTP of e: cannot be led to a mock: only the end of its address is a parameter \
(https://x.example/{{path}}): externalise its beginning
  "Files"  SFTP of f: cannot be led to a mock: SFTP is not HTTP
  "Made"  HTTP of g: cannot be led to a mock: a step of the flow makes the address; look there for a parameter
"""


def _mock(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["mock", *map(str, arguments)])


def _flow(folder: Path) -> Path:
    ways = [
        *flows.receiver("Whole", "HTTP", "a", httpAddressWithoutQuery="{{whole}}", credentialName="SHOP"),
        *flows.receiver("Begun", "HCIOData", "b", address="{{base}}/orders", proxyType="sapcc"),
        *flows.receiver("Host", "SOAP", "c", address="https://{{host}}/soap"),
        *flows.receiver("Fixed", "HTTP", "d", httpAddressWithoutQuery="https://x.example"),
        *flows.receiver("Ending", "HTTP", "e", httpAddressWithoutQuery="https://x.example/{{path}}"),
        *flows.receiver("Files", "SFTP", "f", host="{{sftp}}"),
        *flows.receiver("Made", "HTTP", "g", httpAddressWithoutQuery="${header.url}"),
        *flows.receiver("Other", "ProcessDirect", "h", address="/other"),
    ]
    steps = [flows.start(), *(flows.call_step(each) for each in "abcdefgh"), flows.end()]
    parameters = {"whole": "https://shop.example", "host": ""}
    file = folder / "planned.zip"
    write(file, zipped(flows.bundle_files(flows.row(steps), (), ways, "Planned", parameters=parameters)))
    return file


def test_each_receiver_is_planned_or_refused_with_its_reason(tmp_path: Path) -> None:
    """In words and as JSON; a flow that calls other flows alone needs nothing."""
    file = _flow(tmp_path)
    result = _mock("plan", file)
    assert result.output == PLANNED
    assert result.exit_code == 1
    found = json.loads(_mock("plan", file, "--json").output)["flows"][0]
    assert found["name"] == "Planned"
    assert [each["can_be_led"] for each in found["receivers"]] == [True, True, True, *([False] * 4)]
    assert found["receivers"][0]["parameters"] == [
        {
            "name": "whole",
            "value": "https://shop.example",
            "set_to": "the URL of the mock, without a query",
        }
    ]
    alone = tmp_path / "alone.zip"
    write(alone, zipped(flows.bundle_files(flows.row([flows.start(), flows.end()]), own="Alone")))
    result = _mock("plan", alone)
    assert (result.exit_code, result.output) == (0, "Alone\n  no receiver outside of the tenant\n")


def test_what_is_no_flow_is_one_clear_message(tmp_path: Path) -> None:
    """Exit code 2, no traceback."""
    for arguments in (("plan", tmp_path / "gone.zip"), ("draw", tmp_path)):
        result = _mock(*arguments)
        assert result.exit_code == 2
        assert "Traceback" not in result.output
