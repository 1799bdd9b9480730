"""Test scripts as steps: docs/from-postman.md is what is translated; all else is kept as it was written."""

from __future__ import annotations

import pytest

from pytest_iflow.imports.scripts.script import Script, translated
from pytest_iflow.imports.scripts.secrets import secrets_in_script
from pytest_iflow.imports.scripts.values import Value
from tests.test_from_other_tools import rows

PAGE = "from-postman.md"
JSON = "const json = pm.response.json();\n"


def phrases(script: Script) -> list[str]:
    """Return the phrases of the steps that judge."""
    return [step.phrase for step in script.steps]


@pytest.mark.parametrize(("script", "step"), [(script, step) for script, step, _ in rows(PAGE)])
def test_a_row_of_the_page_is_what_the_import_makes(script: str, step: list[str]) -> None:
    """The page is true, and the import does what it says."""
    whole = f'pm.expect({script}).to.eql("7")' if script.startswith("xml2Json") else script
    found = translated(f"{JSON}{whole};")
    assert [[each.phrase, *filter(None, [each.doc_string])] for each in found.steps] == [step]
    assert found.left == ()


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ('tests["a"] = responseCode.code === 200 && responseTime < 1500;', 2),
        ('tests["a"] = responseBody.has("x");', ['the response body contains "x"']),
        ('var d = JSON.parse(responseBody); tests["a"] = d.a[0]["b c"] !== 1;', 1),
        ('pm.test("a", function () { pm.response.to.be.ok; pm.response.to.be.json; });', 2),
        ("pm.test('a', async () => { await pm.expect(pm.response.code).to.equal(200); });", 1),
        ("expect(res.status).to.equal(200); expect(res.getBody().a).to.eql('x');", 2),
        ("insomnia.test('a', () => insomnia.response.to.have.status(200));", 1),
        ("pm.expect(pm.response.text()).to.match(/a[^]b|c/i);", 1),
        ('pm.expect(json.a).to.be.an("array").that.is.not.empty;', 2),
        ("pm.expect(json.a.length).to.be.above(2);", 1),
        ('pm.expect(json).to.have.property("a").that.equals(3);', 2),
        (
            'pm.expect(json).to.have.nested.property("a[0].b", "x");',
            ['the response value at "$.a[0].b" is "x"'],
        ),
        (
            'pm.expect(json.a).to.not.include("${b}");',
            ['the response value at "$.a" does not contain "$${b}"'],
        ),
        ("pm.expect(json['$id']).to.eql(-1.50);", ["the response value at \"$['$id']\" is -1.50"]),
        (
            "pm.expect(xml2Json(pm.response.text()).o.$.id).to.eql('7');",
            ['the response value at "/o/@id" is "7"'],
        ),
        ('pm.expect(pm.response.headers.has("X")).to.be.true;', ['the response header "X" exists']),
        ('pm.expect("a").to.eql("a"); console.log("x");', 0),
    ],
)
def test_other_forms_are_known(script: str, expected: list[str] | int) -> None:
    """Older names, Bruno, Insomnia, chains, escapes."""
    found = translated(JSON + script)
    assert phrases(found) == expected if isinstance(expected, list) else len(found.steps) == expected


@pytest.mark.parametrize(
    "script",
    [
        "if (json.a) { pm.expect(json.b).to.eql(1); }",
        "pm.sendRequest('https://example.com', () => {});",
        "pm.expect(json.a).to.be.ok;",
        "pm.expect(json.map(x => x.id)).to.include(1);",
        "pm.expect(json.a).to.match(/(?<name>x)/);",
        "pm.expect(json[`a${b}`]).to.eql(1);",
        "for (const a of json) { }",
        "let = ;",
        "pm.test('a', () => {",
    ],
)
def test_what_has_no_phrase_is_kept(script: str) -> None:
    """As it was written, and it becomes no step that means something else."""
    found = translated(JSON + script)
    assert found.steps == ()
    assert "".join(found.left).removeprefix(JSON).replace(" ", "") in script.replace(" ", "")
    assert found.left


def test_what_stands_beside_an_unknown_statement_is_translated() -> None:
    """Within one test as well."""
    found = translated(f"{JSON}pm.test('a', () => {{ foo(); pm.response.to.have.status(200); }});")
    assert phrases(found) == ["the response status is 200"]
    assert found.left == ("foo();",)


def test_values_are_kept_for_later_requests() -> None:
    """An access token is none of them: the client of the tenant file has it."""
    script = 'pm.environment.set("id", json.order.id); bru.setVar("t", res.body.access_token);'
    found = translated(JSON + script)
    assert [(name, step.phrase) for name, step in found.kept] == [
        ("id", 'I remember the response value at "$.order.id" as "id"')
    ]
    assert found.tokens == ("t",)


def test_a_schema_goes_into_a_file() -> None:
    """A step names a placeholder, for which the import knows the file."""
    found = translated('const s = {type: "object", minProperties: 2}; pm.response.to.have.jsonSchema(s);')
    ((placeholder, schema),) = found.schemas
    assert placeholder in phrases(found)[0]
    assert schema["type"] == "object"


def test_variables_are_those_of_the_collection() -> None:
    """One that nothing is known of leaves what uses it."""
    known = {"a": Value("constant", constant="{{a}}")}
    found = translated(
        'pm.expect(pm.response.code).to.eql(pm.variables.get("a"));pm.expect(1).to.eql(pm.globals.get("b"));',
        known.get,
    )
    assert phrases(found) == ['the response status is "{{a}}"']
    assert len(found.left) == 1


@pytest.mark.parametrize("script", ["(" * 3000, "a." * 5000 + "b", "\x00\ud800", "x" * 2_000_000, "/*"])
def test_any_text_is_read(script: str) -> None:
    """However deep, long or odd; nothing is lost."""
    found = translated(script)
    assert found.left or script == "/*"


def test_secrets_in_scripts_are_found() -> None:
    """By the name that they are given to."""
    script = 'pm.environment.set("clientSecret", "abc-1"); const password = `def-2`;'
    script += 'x = {apiKey: "ghi-3", a: "b"};'
    names = ("clientSecret", "password", "apiKey")
    found = secrets_in_script(script, names.__contains__, lambda _: False)
    assert sorted(found) == ["abc-1", "def-2", "ghi-3"]
