"""What a load run leaves: data, page and lines, masked and harmless."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lxml import html

from pytest_iflow.load.figures import Failure, LoadResult
from pytest_iflow.load.page import summary_lines, write_load
from pytest_iflow.results.json_format import decode
from pytest_iflow.secrets.registry import register_secret
from tests.load.load_samples import CALLS, MEASURED, PROCESSING, RESULT, SCENARIO

NASTY = "<script>alert(1)</script> ##vso[task] \x1b[31m"


def test_both_sides_stand_together(tmp_path: Path) -> None:
    """Each iFlow has a row of what users saw and one of what the tenant itself took."""
    shown, page = write_load(RESULT, tmp_path)
    document = html.fromstring(page.read_text("utf-8"))
    rows = [
        [" ".join(cell.text_content().split()) for cell in row]
        for row in document.cssselect("#calls tbody tr")
    ]
    assert shown == decode((tmp_path / "load.json").read_text("utf-8"), LoadResult) == RESULT
    assert rows == [
        ["ordersPOST, seen from here", "1,000", "10 (1.0%)", "100.0", "85 ms", "800 ms", "1.20 s", "1.50 s"],
        [
            "Order_Flowby its message logs; 1 message not at the end",
            *("990", "2", "", "40 ms", "200 ms", "300 ms", "400 ms"),
        ],
    ]
    assert "An order" in document.cssselect("#scenarios")[0].text_content()
    assert "50 users ran the scenarios of @load for 10 s: 1,000 calls, 100.0 a second." in page.read_text()


def test_texts_of_others_neither_act_nor_leak(tmp_path: Path) -> None:
    """Names, reasons and what was left out are escaped and masked, in all three."""
    register_secret("a-secret-of-the-load")
    text = f"{NASTY} a-secret-of-the-load"
    measured = replace(
        MEASURED,
        figures=(replace(CALLS, name=text), replace(SCENARIO, name=text)),
        failures=(Failure("scenario", text, text, 3),),
        left_out=(text,),
    )
    processing = replace(PROCESSING, iflow=text, artifact=text)
    result = replace(RESULT, tag=text, measured=measured, processing=(processing,), without_logs=text)
    shown, page = write_load(result, tmp_path)
    written = page.read_text("utf-8") + (tmp_path / "load.json").read_text("utf-8")
    assert "a-secret-of-the-load" not in written + "".join(summary_lines(shown))
    document = html.fromstring(page.read_text("utf-8"))
    assert document.cssselect("script") == []
    assert page.read_text("utf-8").count("&lt;script&gt;alert(1)") >= 6
    assert "##vso" not in (tmp_path / "load.json").read_text("utf-8")


def test_the_terminal_says_the_same() -> None:
    """And what is not known, and why."""
    lines = list(
        summary_lines(replace(RESULT, without_logs="no key", measured=replace(MEASURED, left_out=("x",))))
    )
    assert lines[0].startswith("trial/dev: passed. 50 users ran")
    assert lines[1].endswith("median 85 ms, 95 % 800 ms, 99 % 1.20 s, longest 1.50 s")
    assert lines[2].startswith(
        "    the tenant itself: 990 messages, 2 failed, 1 not at their end; median 40 ms"
    )
    assert "  the tenant's own times are not known: no key" in lines
    assert "  10 times: answered 503 Service Unavailable" in lines
    assert lines[-1] == "  left out: x"
