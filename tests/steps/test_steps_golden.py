"""Golden messages in runs against the local tenant: what a run says, what ``--update-golden`` writes."""

from __future__ import annotations

import html
import json
from collections.abc import Callable

import pytest

from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project"]

FLOWS = {
    "order.json": '{"id": "1a2b", "at": "10:00:00", "total": 12.50, "items": [{"n": 2}, {"n": 1}]}',
    "note.xml": '<n:Note xmlns:n="urn:n" at="now"><n:To><n:Name>A</n:Name></n:To>'
    "<n:Text>x <b>y</b></n:Text></n:Note>",
    "fault.xml": '<e:Envelope xmlns:e="urn:e"><e:Body><e:Fault/></e:Body></e:Envelope>',
    "broken.json": '{"error": 1}',
    "rows.csv": "id;at\n1;now\n",
}
RULES = """
    ignore = ["$.at", "$.nowhere"]
    mask = [{ path = "$.id", pattern = "[0-9a-f]{4}" }]
    any-order = [{ path = "$.items", key = "n" }]
"""
OLD = '{"id": "ffff", "at": "then", "total": 12.5, "items": [{"n": 1}, {"n": 2}]}'


def scenario(name: str, golden: str) -> str:
    """Return a scenario that compares the answer of a flow."""
    return f"""
      Scenario: {golden}
        When I send a GET request to the iFlow "/{name}"
        Then the response equals the golden message "{golden}"
    """


def with_flows(project: InnerProject) -> InnerProject:
    """Let the local tenant have the flows."""
    for file, content in FLOWS.items():
        name, _, kind = file.partition(".")
        project.write(f"tenants/local-flows/{file}", content)
        status = "status = 500\n" if name == "broken" else ""
        project.write(
            f"tenants/local-flows/{name}.toml",
            f'artifact = "{name}"\naddress = "/{name}"\ntemplate = "{file}"\n'
            f'content-type = "application/{kind}"\n{status}',
        )
    return project


@pytest.fixture(scope="module")
def update(new_project: Callable[[], InnerProject]) -> InnerRun:
    """One run that updates, one that compares with what it wrote."""
    project = with_flows(new_project())
    flows = {
        "good.json": "order", "other.json": "order", "new.json": "order", "note.xml": "note",
        "fault.xml": "fault", "broken.json": "broken", "rows.csv": "rows", "kept.csv": "rows",
        "refused.json": "nowhere", "old.json": "nowhere", "read-only.json": "order",
    }  # fmt: skip
    features = "".join(scenario(flow, golden) for golden, flow in flows.items())
    project.write("features/golden.feature", f"Feature: Golden messages\n{features}")
    for name, total in (("good", "12.5"), ("other", "99")):
        project.write(f"payloads/{name}.json", OLD.replace("12.5", total))
        project.write(f"payloads/{name}.golden.toml", RULES)
    project.write("payloads/note.xml", FLOWS["note.xml"].replace("A<", "B<").replace("now", "then"))
    project.write("payloads/note.golden.toml", 'ignore = ["/Note/@at"]')
    project.write("payloads/old.json", "{}")
    project.write("payloads/read-only.json", "{}").chmod(0o444)
    project.write("payloads/kept.csv", "id;at\n2;then\n")
    project.write("payloads/kept.golden.toml", 'ignore = ["at"]')
    return project.run("--tenant=local", "--update-golden")


def test_what_differs_or_is_missing_is_written(update: InnerRun) -> None:
    """To be read by people; what rules leave out stays as it was, and so does what does not differ."""
    payloads = update.root / "payloads"
    assert (payloads / "good.json").read_text(encoding="utf-8") == OLD
    assert (payloads / "other.json").read_text(encoding="utf-8") == (
        '{\n  "id": "ffff",\n  "at": "then",\n  "total": 12.50,\n  "items": [\n    {\n      "n": 1\n    },\n'
        '    {\n      "n": 2\n    }\n  ]\n}\n'
    )
    assert json.loads((payloads / "new.json").read_bytes()) == json.loads(FLOWS["order.json"])
    assert (payloads / "rows.csv").read_bytes() == b"id;at\n1;now"
    assert (payloads / "kept.csv").read_bytes() == b"id;at\n1;then"
    assert (payloads / "note.xml").read_text(encoding="utf-8") == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<n:Note xmlns:n="urn:n" at="then">\n  <n:To>\n    <n:Name>A</n:Name>\n  </n:To>\n'
        "  <n:Text>x <b>y</b></n:Text>\n</n:Note>\n"
    )


def test_a_failing_call_is_no_golden_message(update: InnerRun) -> None:
    """Neither a status that is no success, be it a page, nor a SOAP fault."""
    found = update.scenarios()
    assert {title for title, each in found.items() if each["status"] != "passed"} == {
        "fault.xml",
        "broken.json",
        "refused.json",
        "old.json",
        "read-only.json",
    }
    for name in ("refused", "old"):
        assert f"{name}.json is not written: the response status is 404" in found[f"{name}.json"]["message"]
    assert "broken.json is not written: the response status is 500" in found["broken.json"]["message"]
    assert "fault.xml is not written: the answer is a SOAP fault" in found["fault.xml"]["message"]
    assert not (update.root / "payloads" / "fault.xml").exists()


def test_a_read_only_file_is_not_written(update: InnerRun) -> None:
    """Whoever protects it decides, though a folder would let it be replaced."""
    said = update.scenarios()["read-only.json"]["message"]
    assert "The golden message read-only.json is not written: the file is read-only" in said
    assert (update.root / "payloads" / "read-only.json").read_text(encoding="utf-8") == "{}"


def test_a_run_says_what_it_wrote(update: InnerRun) -> None:
    """In the terminal with what changed, on the summary page and in its result."""
    assert update.summary()["written_goldens"] == [
        "payloads/other.json",
        "payloads/new.json",
        "payloads/note.xml",
        "payloads/rows.csv",
        "payloads/kept.csv",
    ]
    assert "payloads/other.json:\n  $.total: expected 99, found 12.50\n" in update.text
    assert "payloads/new.json:\n  it is new\n" in update.text
    page = (update.root / "reports" / "local" / "dev" / "summary.html").read_text(encoding="utf-8")
    assert "payloads/other.json, payloads/new.json, payloads/note.xml" in page
    attached = json.dumps(update.results()["good.json"])
    assert "golden message" in attached, "the rule that fits nothing is noted"


def test_a_difference_is_shown_in_two_columns(project: InnerProject) -> None:
    """In the terminal as wide as that is, in Allure and on the summary page."""
    with_flows(project).write("features/golden.feature", f"Feature: F\n{scenario('order', 'order.json')}")
    project.write("payloads/order.json", FLOWS["order.json"].replace("12.50", "99").replace("10:00", "10:30"))
    runs = project.run_several(
        *((["--tenant=local"], {"COLUMNS": columns}) for columns in ("120", "64", "50"))
    )
    for run, lines in zip(runs, (WIDE, COLUMNS, BELOW), strict=True):
        assert "".join(f"E   {line}\n" for line in lines) in run.out
    run = runs[0]
    said = run.scenarios()["order.json"]["message"]
    assert said.startswith("The response differs from the golden message order.json, 2 differences:\n    exp")
    assert run.results()["order.json"]["statusDetails"]["message"] == said
    page = (run.root / "reports/local/dev/summary.html").read_text(encoding="utf-8")
    assert html.escape(said).replace("&quot;", "&#34;").replace("&#x27;", "&#39;") in page


WIDE = (
    "    expected                                               | found",
    "  $.at",
    '    "10:30:00"                                             | "10:00:00"',
    "        ^                                                        ^",
)
COLUMNS = (
    "    expected                   | found",
    "  $.at",
    '    "10:30:00"                 | "10:00:00"',
    "        ^                            ^",
    "  $.total",
    "    99                         | 12.50",
)
BELOW = ("  $.at", '    expected  "10:30:00"', '    found     "10:00:00"')


def test_an_update_is_refused_where_nobody_looks(project: InnerProject) -> None:
    """In CI, and where several processes or threads would write."""
    with_flows(project).write("features/golden.feature", f"Feature: F\n{scenario('order', 'new.json')}")
    runs = project.run_several(
        (["--tenant=local", "--update-golden"], {"CI": "true"}),
        (["--tenant=local", "--update-golden", "--parallel=2"], {}),
        (["--tenant=local", "--update-golden", "--shard=1/2"], {}),
        (["--tenant=local", "--update-golden", "--co", "-q"], {"CI": "false"}),
    )
    assert [run.code for run in runs] == [4, 4, 4, 0], [run.text for run in runs]
    assert "--update-golden is refused in CI" in runs[0].text
    assert "leave out -n and --shard, and give --parallel=1" in runs[1].text
    assert not (project.root / "payloads").exists()


def test_what_is_wrong_with_a_golden_message_is_found_before_anything_is_sent(project: InnerProject) -> None:
    """A file that is missing or broken, a rule with a wrong word or path: with line and nearest word."""
    with_flows(project)
    names = ("missing", "broken", "word", "path", "good")
    features = "".join(scenario("order", f"{name}.json") for name in names)
    project.write("features/golden.feature", f"Feature: Golden messages\n{features}")
    project.write("payloads/mising.json", FLOWS["order.json"])
    for name in names[1:]:
        project.write(f"payloads/{name}.json", "{" if name == "broken" else FLOWS["order.json"])
    project.write("payloads/word.golden.toml", 'ignore = ["$.at"]\nmaks = []')
    project.write("payloads/path.golden.toml", 'ignore = ["$.at["]')
    found = project.run("--tenant=local", "-q").scenarios()
    assert {title: each["status"] for title, each in found.items()} == {
        **{f"{name}.json": "broken" for name in names[:-1]},
        "good.json": "passed",
    }
    assert all(each["exchange"] == "" for each in found.values() if each["status"] == "broken")
    for name, what in (
        ("missing", 'there is no golden message "missing.json"'),
        ("broken", "The golden message broken.json is not valid JSON"),
        ("word", 'There is no key "maks"; did you mean mask? There are ignore, mask'),
        ("path", "'$.at[' is not a valid JSONPath"),
    ):
        assert what in found[f"{name}.json"]["message"]
    assert 'did you mean "mising.json"? Or save an answer' in found["missing.json"]["message"]
    assert "word.golden.toml:2" in found["word.json"]["message"]
    assert "path.golden.toml:1" in found["path.json"]["message"]
    assert "golden.feature:" in found["path.json"]["message"]
