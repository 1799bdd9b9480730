"""The programme of damaged inputs, with few of them: no finding, and what would be one is told."""

from __future__ import annotations

import random

import pytest

from tests.endurance import fuzzed_inputs
from tests.endurance.mutations import damaged

QUICK = [kind for kind in fuzzed_inputs.KINDS if not kind.startswith("whole")]


def test_few_inputs_of_each_quick_kind_give_no_finding(capsys: pytest.CaptureFixture[str]) -> None:
    """The table has a row for each kind."""
    kinds = [part for kind in QUICK for part in ("--kind", kind)]
    code = fuzzed_inputs.main(["--inputs", "150", "--seed", "7", *kinds])
    told = capsys.readouterr().out
    assert code == 0, told
    assert [line[:18].strip() for line in told.splitlines()[1:]] == QUICK


def test_the_same_seed_makes_the_same_damage() -> None:
    """So that a finding can be repeated."""
    whole = bytes(range(256))
    one, again, other = (damaged(whole, random.Random(seed)) for seed in (1, 1, 2))  # noqa: S311
    assert one == again != other


def test_tracebacks_hangs_and_deaths_are_findings(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is told with the input that shows it, and those after it are tried all the same."""
    monkeypatch.setattr(fuzzed_inputs, "LONGEST", 0.5)
    monkeypatch.setattr(fuzzed_inputs, "PROGRAMME", ("-c", _BAD))
    assert fuzzed_inputs.main(["--inputs", "5", "--kind", "variables"]) == 1
    table, *findings = capsys.readouterr().out.splitlines()[1:]
    assert table.split()[:4] == ["variables", "5", "2", "0"]
    assert [finding.split()[0] for finding in findings] == [f"variables:{n}" for n in (0, 1, 3, 4)]
    said = ("ZeroDivisionError", "hangs", "ended the process", "needed 9000 MB")
    assert all(words in finding for words, finding in zip(said, findings, strict=True))


_BAD = """
import json, os, sys, time
for number in range(int(sys.argv[sys.argv.index("--first") + 1]), 5):
    if number == 1:
        time.sleep(60)
    if number == 3:
        os._exit(9)
    bad = number == 0
    said = {"outcome": "traceback" if bad else "read", "finding": "ZeroDivisionError" if bad else ""}
    print(json.dumps({"number": number, **said, "seconds": 0.0, "mb": 9000 * (number == 4)}), flush=True)
"""
