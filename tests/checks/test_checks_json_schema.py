"""JSON Schema files are checked, compiled, and find their neighbours on disk only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.checks.document import parse_document
from pytest_iflow.checks.json_schema import JsonSchema
from pytest_iflow.errors import CheckError, ConfigurationError
from pytest_iflow.tenants.suite_files import SuiteFiles


def load(folder: Path, schema: Any, **neighbours: Any) -> JsonSchema:
    """Write a schema and its neighbours, and load it."""
    for name, content in {**neighbours, "main": schema}.items():
        path = folder / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return JsonSchema.load(folder / "main.json")


def judged(schema: JsonSchema, body: str) -> list[str]:
    """List what the schema finds wrong with a message."""
    return schema.violations(parse_document(body.encode(), None))


def test_a_message_that_matches_has_no_violations(tmp_path: Path) -> None:
    """And one that does not has."""
    schema = load(tmp_path, {"properties": {"a": {"type": "integer"}}})
    assert judged(schema, '{"a": 1}') == []
    assert judged(schema, '{"a": "1"}') == ['$.a: must be of type integer; found "1"']


def test_xml_is_judged_in_its_json_form(tmp_path: Path) -> None:
    """With the arrays that this schema declares."""
    schema = load(tmp_path, {"properties": {"A": {"properties": {"B": {"type": "array", "minItems": 2}}}}})
    assert judged(schema, "<A><B>1</B></A>") == ['$.A.B: must have at least 2 item(s); found ["1"]']


@pytest.mark.parametrize("schema", [True, {"$schema": "http://json-schema.org/draft-07/schema#"}])
def test_everything_matches_an_empty_schema(tmp_path: Path, schema: object) -> None:
    """Also the schema that is just true."""
    assert judged(load(tmp_path, schema), "[1]") == []


def test_the_draft_of_the_schema_decides(tmp_path: Path) -> None:
    """In draft 4 exclusiveMinimum is a truth value beside minimum."""
    part = {"minimum": 1, "exclusiveMinimum": True}
    draft_4 = "http://json-schema.org/draft-04/schema#"
    schema = load(tmp_path, {"$schema": draft_4, "items": {"$ref": "part.json"}}, part=part)
    assert [line.partition(":")[0] for line in judged(schema, "[1, 2]")] == ["$[0]"]


def test_formats_are_checked(tmp_path: Path) -> None:
    """2020-12 leaves that open; a tester who writes a format means it."""
    schema = load(tmp_path, {"items": {"format": "date"}})
    assert judged(schema, '["2026-02-30"]') == ['$[0]: must be a valid date; found "2026-02-30"']


@pytest.mark.parametrize("schema_id", [None, "https://schemas.example/flows/main.json"])
def test_neighbours_are_found_by_relative_references(tmp_path: Path, schema_id: str | None) -> None:
    """Whether the schema names a web address as its own or not; a neighbour has neighbours too."""
    main = {"items": {"$ref": "parts/money.json#/$defs/currency"}}
    schema = load(
        tmp_path / "flows",
        {"$id": schema_id, **main} if schema_id else main,
        **{
            "parts/money": {"$defs": {"currency": {"$ref": "../../common/code%20list.json"}}},
            "../common/code list": {"enum": ["EUR"]},
        },
    )
    assert judged(schema, '["EUR", "GBP"]') == ['$[1]: must be one of "EUR"; found "GBP"']


def test_xml_arrays_may_be_declared_by_a_neighbour(tmp_path: Path) -> None:
    """The conversion follows references as the validation does."""
    schema = load(
        tmp_path,
        {"properties": {"A": {"$ref": "list.json"}}},
        list={"type": "object", "properties": {"B": {"type": "array"}}},
    )
    assert judged(schema, "<A><B>1</B></A>") == []


@pytest.mark.parametrize(
    ("reference", "what"),
    [
        ("https://schemas.example/money.json", "never fetched from the network"),
        ("money.json", "refers to money.json, which does not exist"),
        ("broken.json", "broken.json is not valid JSON"),
        ("#/$defs/none", "leads nowhere"),
    ],
)
@pytest.mark.parametrize("body", ['{"A": 1}', "<A/>"])
def test_a_reference_that_leads_nowhere_is_told(tmp_path: Path, reference: str, what: str, body: str) -> None:
    """As an error of the schema, for JSON and for XML."""
    schema = load(tmp_path, {"properties": {"A": {"$ref": reference}}}, broken="{")
    with pytest.raises(ConfigurationError, match=what):
        judged(schema, body)


def test_a_reference_that_leads_nowhere_is_told_at_once_at_the_root(tmp_path: Path) -> None:
    """Before any message is judged."""
    with pytest.raises(ConfigurationError, match="leads nowhere"):
        load(tmp_path, {"$ref": "#/$defs/none"})


@pytest.mark.parametrize(
    ("text", "what", "where"),
    [
        ('{\n  "type": \n}', "not valid JSON: Expecting value", "line 3, column 1"),
        ("[]", "not a JSON Schema: a schema is an object", "main.json"),
        ('{"properties": {"a": {"type": "text"}}}', "not a valid JSON Schema", "at $.properties.a.type"),
        ('{"pattern": "("}', "no regular expression of ECMA-262.*Unbalanced parenthesis", "at $.pattern"),
        (
            '{"items": {"patternProperties": {"(?P<a>b)": {}}}}',
            "no regular expression of ECMA-262",
            "at $.items.patternProperties",
        ),
        (
            '{"$schema": "https://example.com/mine"}',
            'not known here: "https://example.com/mine"',
            "main.json",
        ),
        (
            '{"$defs": {"a": {"$id": "x", "$schema": "http://json-schema.org/draft-05/schema#"}}}',
            'not known here: "http://json-schema.org/draft-05/schema#',
            "at $['$defs'].a",
        ),
        (
            '{"$schema": "http://json-schema.org/draft-04/schema#", "items": {"$ref": {}}}',
            "is no text: {}",
            "at $.items['$ref']",
        ),
        ('{"$schema": 7}', "not known here: 7", "main.json"),
        (f'{{"minimum": {"9" * 30_000}}}', "not a usable JSON Schema: a number of 30,000", "main.json"),
        ("[" * 100_000, "nested too deep to be a schema", "main.json"),
    ],
)
def test_a_file_that_is_no_schema_is_refused(tmp_path: Path, text: str, what: str, where: str) -> None:
    """With the place in the file."""
    with pytest.raises(ConfigurationError, match=what) as caught:
        load(tmp_path, text)
    assert where in (caught.value.where or "")


def test_a_schema_in_another_encoding_is_refused(tmp_path: Path) -> None:
    """Schemas are UTF-8; a byte order mark is no matter."""
    path = tmp_path / "main.json"
    path.write_text('{"title": "Größe"}', encoding="utf-8-sig")
    assert JsonSchema.load(path).path == path
    path.write_text('{"title": "Größe"}', encoding="latin-1")
    with pytest.raises(ConfigurationError, match="is not UTF-8 text"):
        JsonSchema.load(path)


@pytest.mark.parametrize(
    "named",
    [
        "https://json-schema.org/draft-04/schema",
        "http://json-schema.org/draft-04/schema",
        " http://json-schema.org/draft-04/schema# ",
        "HTTP://JSON-Schema.org/draft-04/schema#",
    ],
)
def test_a_dialect_is_known_by_each_spelling_of_its_name(tmp_path: Path, named: str) -> None:
    """With http or https, with or without #, in a neighbour as well."""
    strict = {"minimum": 5, "exclusiveMinimum": True}
    assert judged(load(tmp_path, {"$schema": named, "items": strict}), "[5]") == [
        "$[0]: must be more than 5; found 5"
    ]
    part = {"$schema": named, **strict}
    assert judged(load(tmp_path, {"items": {"$ref": "part.json"}}, part=part), "[5]") == [
        "$[0]: must be more than 5; found 5"
    ]


@pytest.mark.parametrize("draft", ["04", "06", "07"])
def test_patterns_are_those_of_ecma_262(tmp_path: Path, draft: str) -> None:
    """Where Python reads them otherwise or not at all."""
    schema = load(
        tmp_path,
        {
            "$schema": f"http://json-schema.org/draft-{draft}/schema#",
            "patternProperties": {r"^\p{L}+$": {"pattern": r"^(?<first>\p{Lu})\d$"}},
            "additionalProperties": False,
        },
    )
    assert judged(schema, '{"über": "Ä1"}') == []
    assert judged(schema, '{"a": "Ä1\\n", "b": "Ä\u0663", "c1": ""}') == [
        "$: Additional properties are not allowed ('c1' was unexpected); found "
        r'{"a": "Ä1\n", "b": "Ä\u0663", "c1": ""}'.replace(r"\u0663", "\u0663"),
        r'$.a: must match the pattern ^(?<first>\p{Lu})\d$; found "Ä1\n"',
        r'$.b: must match the pattern ^(?<first>\p{Lu})\d$; found "Ä' + '\u0663"',
    ]


@pytest.mark.parametrize("draft", ["2019-09", "2020-12"])
def test_unevaluated_properties_know_patterns_and_parts(tmp_path: Path, draft: str) -> None:
    """By every road on which a part of a schema may speak of a member."""
    schema = load(
        tmp_path,
        {
            "$schema": f"https://json-schema.org/draft/{draft}/schema",
            "$defs": {"r": {"properties": {"r": True}}},
            "patternProperties": {r"^\p{Lu}$": True},
            "allOf": [{"properties": {"a": True}}, {"$ref": "#/$defs/r"}],
            "anyOf": [{"required": ["no"], "properties": {"x": True}}, True],
            "if": {"required": ["a"]},
            "then": {"properties": {"t": True}},
            "else": {"properties": {"e": True}},
            "dependentSchemas": {"a": {"properties": {"d": True}}},
            "unevaluatedProperties": {"const": 7},
        },
    )
    assert judged(schema, '{"Ä": 1, "a": 1, "r": 1, "t": 1, "d": 1, "other": 7}') == []
    assert judged(schema, '{"a": 1, "e": 1, "x": 1}')[0].startswith(
        "$: Unevaluated properties are not allowed ('e', 'x' were unexpected); found"
    )


def test_numbers_are_judged_to_the_last_digit(tmp_path: Path) -> None:
    """Floats would say that both are equal, and that 19.99 is no multiple of 0.01."""
    schema = load(
        tmp_path,
        '{"items": {"multipleOf": 0.01, "maximum": 12345678901234567890.12, "exclusiveMinimum": 0.1}}',
    )
    assert judged(schema, "[19.99, 12345678901234567890.12, 0.11, 5]") == []
    assert judged(schema, "[12345678901234567890.13, 0.10, 0.115, 1e99999999999999999999]") == [
        "$[0]: must be at most 12345678901234567890.12; found 12345678901234567890.13",
        "$[1]: must be more than 0.1; found 0.10",
        "$[2]: must be a multiple of 0.01; found 0.115",
        "$[3]: must be a multiple of 0.01; found 1e99999999999999999999",
        "$[3]: must be at most 12345678901234567890.12; found 1e99999999999999999999",
        "$[3]: must be more than 0.1; found 1e99999999999999999999",
    ]


def test_what_is_an_integer_is_seen_in_its_digits(tmp_path: Path) -> None:
    """A float would call the first infinite, and take the second for whole."""
    schema = load(tmp_path, {"items": {"type": "integer", "multipleOf": 3}})
    assert judged(schema, f"[3E400, 6.0, {'9' * 5_000}]") == []
    assert judged(schema, "[12345678901234567890.5, 1E400]") == [
        "$[0]: must be of type integer; found 12345678901234567890.5",
        "$[0]: must be a multiple of 3; found 12345678901234567890.5",
        "$[1]: must be a multiple of 3; found 1E400",
    ]


def test_formats_that_nobody_can_check_are_named(tmp_path: Path) -> None:
    """Those of neighbours, too; a property of the name format is none."""
    schema = load(
        tmp_path,
        {
            "properties": {
                "format": {"format": "iban"},
                "uri": {"format": "uri"},
                "p": {"$ref": "part.json"},
            },
            "default": {"format": "no"},
        },
        part={"format": "int64"},
    )
    assert schema.unchecked == {"iban (main.json)"}
    assert judged(schema, '{"p": 1}') == []
    assert schema.unchecked == {"iban (main.json)", "int64 (part.json)"}


def test_references_in_a_circle_are_no_traceback(tmp_path: Path) -> None:
    """Neither is a message that is deeper than Python."""
    schema = load(tmp_path, {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}})
    with pytest.raises(CheckError, match=r"nested too deep[^$]*circle"):
        judged(schema, "{}")
    deep = load(tmp_path, {"items": {"$ref": "#"}})
    with pytest.raises(CheckError, match="nested too deep"):
        judged(deep, "[" * 5000 + "]" * 5000)


def test_a_reference_out_of_the_suite_is_refused(tmp_path: Path) -> None:
    """Also one by a link."""
    (tmp_path / "outside.json").write_text("{}", encoding="utf-8")
    folder = tmp_path / "schemas"
    load(folder, {"items": {"$ref": "../outside.json"}})
    with pytest.raises(ConfigurationError, match=r"outside.json.* lies outside of the suite"):
        judged(JsonSchema.load(folder / "main.json", SuiteFiles(folder).read), "[1]")
