"""Phrases that compare a value: each passes where it should, and fails with path, wanted and found."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
import pytest_iflow.steps.responses
import pytest_iflow.steps.soap  # noqa: F401, both define phrases
from pytest_bdd.parser import Step
from pytest_iflow.steps.relations import PHRASES
from pytest_iflow.steps.values import Value, cookies_of

from pytest_iflow.checks.comparison import Reading, expect
from pytest_iflow.checks.document import parse_document
from pytest_iflow.checks.path import Found
from pytest_iflow.checks.relations import Relation
from pytest_iflow.checks.text_relations import matches
from pytest_iflow.errors import CheckError, ConfigurationError
from pytest_iflow.gherkin.faults import missing_step

JSON_SUBJECT = 'the response value at "$.v"'
XML_SUBJECT = 'the response value at "/v"'
NOW = datetime.now(UTC)
LONG = "12345678901234567890123456789012345678901234567890"


def read(text: str) -> tuple[Value, Relation]:
    """Read a step of the family; exactly one phrase fits it."""
    fitting = [phrase for phrase in PHRASES if phrase.is_matching(text)]
    assert len(fitting) == 1, (text, [phrase.name for phrase in fitting])
    arguments = fitting[0].parse_arguments(text)
    assert arguments is not None
    return arguments["value"], arguments["relation"]


def failure(body: str, text: str) -> str:
    """Judge a message by a step; return what is wrong, empty where nothing is."""
    value, relation = read(text)
    document = parse_document(body.encode(), None)
    try:
        expect(Reading.at(document, value.name, value.quantifier), relation)
    except CheckError as error:
        return error.what
    return ""


# The relation; JSON values for which it holds; those for which it does not.
RELATIONS: list[tuple[str, list[str], list[str]]] = [
    ('is "EUR"', ['"EUR"'], ['"USD"', '"eur"', '"EUR "', "null"]),
    ('is "5"', ["5", '"5"'], ["5.0", '"05"']),
    ("is 5", ["5", "5.00", '"5"', "0.5e1"], ["6", '"five"', "true", "[5]"]),
    (f"is {LONG}", [LONG, f"{LONG}.0"], [f"{LONG[:-1]}1"]),
    ("is not 5", ["6", '"five"', "null"], ["5", "5.0"]),
    ('is not "a"', ['"b"', "1"], ['"a"']),
    ("is true", ["true"], ['"true"', "false", "1"]),
    ("is false", ["false"], ["null", "0"]),
    ("is null", ["null"], ['"null"', '""', "0", "false"]),
    ("is not null", ['"null"', "0"], ["null"]),
    ('equals "EUR"', ['"EUR"'], ['"USD"']),
    ("does not equal 5", ["6"], ["5.0"]),
    ('is the text "5"', ['"5"'], ["5", '"5.0"']),
    ('is not the text "5"', ["5"], ['"5"']),
    ("is the number 5", ["5", "5.0"], ['"5"', "6"]),
    ("is not the number 5", ['"5"', "6"], ["5"]),
    ('is one of "EUR", "USD" or "GBP"', ['"USD"'], ['"CHF"', "null"]),
    ("is one of 1, 2, 3", ["2", "3.0"], ["4", '"x"']),
    ('is not one of "a" and "b"', ['"c"'], ['"a"', '"b"']),
    ("is greater than 5", ["5.0000000000000000000000001", "6", '"6"'], ["5", "4", '"x"', "null"]),
    ("is less than -1.5", ["-2"], ["-1.5", "0"]),
    ("is at least 5", ["5", "6"], ["4.999"]),
    ("is at most 5", ["5", "4"], ["5.001", '"x"']),
    ("is not at least 5", ["4"], ["5", '"x"']),
    ("is between 1 and 10", ["1", "10", "5.5"], ["0.99", "10.01", "true"]),
    ("is not between 1 and 10", ["0"], ["5", '"x"']),
    ("is 10 give or take 0.5", ["9.5", "10.5"], ["9.49", "10.51", '"x"']),
    ("is not 10 give or take 1", ["12"], ["10"]),
    ('is before "2026-02-01"', ['"2026-01-31T23:59:59Z"', '"/Date(0)/"'], ['"2026-02-01"', '"soon"', "5"]),
    ('is after "2026-01-31T12:00:00+01:00"', ['"2026-01-31T11:00:01Z"'], ['"2026-01-31T11:00:00Z"']),
    ("is before now", ['"2001-01-01"'], [f'"{NOW + timedelta(days=2):%Y-%m-%d}"']),
    ("is not after today", ['"2001-01-01"'], [f'"{NOW + timedelta(days=2):%Y-%m-%d}"', '"x"']),
    (
        "is within 2 hours of now",
        [f'"{NOW.isoformat()}"'],
        ['"2001-01-01"', '"x"', f"{NOW.timestamp():.0f}"],
    ),
    ('is within 1.5 days of "2026-01-31"', ['"2026-02-01T12:00:00"'], ['"2026-02-01T12:00:01"']),
    ("is a number", ["5", "5.1", "-0"], ['"5"', "true", "null"]),
    ("is an integer", ["5", "5.0", "1E400"], ["5.1", '"5"', "null"]),
    ("is a boolean", ["true"], ['"true"', "0"]),
    ("is a date", ['"2024-02-29"'], ['"2023-02-29"', '"2026-01-31T00:00:00"', "20260131"]),
    ("is a time", ['"2026-01-31T10:00:00Z"', '"10:15:30"', '"/Date(0)/"'], ['"2026-01-31"', '"25:00"', "5"]),
    ("is a uuid", ['"123e4567-e89b-12d3-a456-426614174000"'], ['"123e4567e89b12d3a456426614174000"', "5"]),
    ("is a text", ['"5"', '""'], ["5", "null", "[]"]),
    ("is a string", ['"5"', '""'], ["5", "null", "[]"]),
    ("is an array", ["[]"], ["{}", '"5"']),
    ("is equal to 5", ["5", '"5.0"'], ["6", "null"]),
    ("is not equal to 5", ["6"], ["5"]),
    ("is a list", ["[]"], ["{}", '"[]"']),
    ("is an object", ["{}"], ["[]", "null"]),
    ("is not an object", ["[]"], ["{}"]),
    ("is empty", ['""', "[]", "{}"], ['" "', "[0]", "null", "0"]),
    ("is not empty", ['" "', "[0]"], ['""', "[]"]),
    ('contains "Scan"', ['"Photo Scan"', '["Scan", 1]'], ['"photo scan"', '["Scanner"]', '{"Scan": 1}']),
    ('does not contain "Scan"', ['"photo"', '["Scanner"]'], ['"Photo Scan"', '["Scan"]', '{"a": 1}']),
    ('contains any of "a" or "b"', ['"xb"', '["b"]'], ['"x"', "[]"]),
    ('contains all of "a" and "b"', ['"ba"', '["a", "b", 1]'], ['"a"', '["a"]']),
    ('does not contain any of "a", "b"', ['"x"'], ['"xb"']),
    ('has the keys "a" and "b"', ['{"b": 1, "a": 2, "c": 3}'], ['{"a": 1}', "[]", '"a"']),
    ('has the key "a"', ['{"a": null}'], ['{"A": 1}']),
    ('does not have the keys "a" and "b"', ['{"c": 1}', "{}"], ['{"a": 1}', '"a"']),
    ('has exactly the keys "a" and "b"', ['{"b": 1, "a": 2}'], ['{"a": 1}', '{"a": 1, "b": 2, "c": 3}', "5"]),
    ('does not have exactly the keys "a"', ['{"a": 1, "b": 2}'], ['{"a": 1}', "5"]),
    ('starts with "Ph"', ['"Photo"'], ['"photo"', "5"]),
    ('does not start with "Ph"', ['"photo"'], ['"Photo"']),
    ('ends with "to"', ['"Photo"'], ['"tos"']),
    ('does not end with "to"', ['"tos"'], ['"Photo"']),
    (r'matches "HT-\d{4}"', ['"HT-1080"'], ['"HT-10800"', '"xHT-1080"', "5"]),
    (r'does not match "HT-\d{4}"', ['"HT-10800"'], ['"HT-1080"']),
    (r'matches "\d+"', ["51", '"51"'], ["51.0"]),
    ('equals "Photo Scan" ignoring case', ['"PHOTO scan"'], ['"PhotoScan"']),
    ('equals "Photo Scan" ignoring blanks', ['" Photo\\u00a0Scan"', '"PhotoScan"'], ['"photo scan"']),
    ('equals "Straße 1" ignoring case and blanks', ['"STRASSE1"'], ['"Strasse 2"']),
    ('does not equal "a" ignoring case', ['"b"'], ['"A"']),
    ("exists", ["null", "5", "[]"], []),
    ("does not exist", [], ["null", "5"]),
]


@pytest.mark.parametrize(("relation", "good", "bad"), RELATIONS, ids=[each[0] for each in RELATIONS])
def test_a_relation_holds_or_fails_with_all_that_a_tester_needs(
    relation: str, good: list[str], bad: list[str]
) -> None:
    """The path, what is wanted and what was found, each on a line of its own."""
    for value in good:
        assert failure(f'{{"v": {value}}}', f"{JSON_SUBJECT} {relation}") == ""
    for value in bad:
        lines = failure(f'{{"v": {value}}}', f"{JSON_SUBJECT} {relation}").splitlines()
        assert "response value at $.v" in lines[0], value
        assert lines[1].startswith("  expected:   "), value
        assert lines[2].startswith("  found:"), value


XML_RELATIONS = [
    ("is 51", "51.000", "52"),
    ("is the number 51", "51.000", "52"),
    ("is greater than 50", " 51.0 ", "50"),
    ("is a number", "5", "five"),
    ("is an integer", "5.0", "5.5"),
    ("is true", "true", "TRUE"),
    ("is a boolean", "false", "0"),
    ("is not null", "null", None),
    ("is a text", "5", "<w/>"),
    ("is an object", "<w>1</w>", "1"),
    ("is empty", "", "<w/>"),
    ('has exactly the keys "w"', "<w>1</w><w/>", "<w/><x/>"),
    ('has the key "w"', "<x/><w/>", "1"),
    ('contains "ü"', "Müller", "Muller"),
    ('is "A B"', "A B", "A\u00a0B"),
]


@pytest.mark.parametrize(("relation", "good", "bad"), XML_RELATIONS)
def test_values_of_xml_are_texts(relation: str, good: str, bad: str | None) -> None:
    """Relations about numbers read them as numbers."""
    assert failure(f"<v>{good}</v>", f"{XML_SUBJECT} {relation}") == ""
    assert bad is None or "response value at /v" in failure(f"<v>{bad}</v>", f"{XML_SUBJECT} {relation}")
    whole = f'the response value at "$.v" {relation}'
    assert "<" in good or failure(f"<v>{good}</v>", whole) == ""


@pytest.mark.parametrize(
    "verb", ["contains", "does not contain", "starts with", "ends with", "contains any of"]
)
def test_an_empty_text_is_refused(verb: str) -> None:
    """It is in every text, so nothing would be checked; an empty cell of a row often is the reason."""
    with pytest.raises(ValueError, match='the empty one: say which text is expected, or "is empty"'):
        read(f'{JSON_SUBJECT} {verb} ""')


@pytest.mark.parametrize("path", ["count(//x)", "//v > 5", "string(//x)", "sum(//x)", "count(//v)"])
@pytest.mark.parametrize("verb", ["exists", "does not exist"])
def test_whether_a_computed_value_exists_cannot_be_asked(path: str, verb: str) -> None:
    """There is one for every message, whatever it holds."""
    said = failure("<v>1</v>", f'the response value at "{path}" {verb}')
    assert said.startswith(f"The response value at {path} is computed, so there is one for every message\n")
    assert failure("<v>1</v>", f'the response value at "//v" {verb}') == "" or verb == "does not exist"


def test_cookies_of_several_headers() -> None:
    """Joined by commas, as there are in dates."""
    header = 'a="1"; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT, b=x=y; Secure,c=; HttpOnly'
    assert cookies_of(header) == {"a": "1", "b": "x=y", "c": ""}
    assert cookies_of("") == {}


def test_values_that_are_very_long_are_judged_in_bounded_time() -> None:
    """A regular expression is for texts of some MB, and nobody asks whether such texts look alike."""
    body = '{"v": "' + "a" * 2_000_001 + '"}'
    assert "2,000,001 characters, too long for a regular expression" in failure(
        body, f'{JSON_SUBJECT} matches "(a|aa)+b"'
    )
    assert failure(body, f'{JSON_SUBJECT} is "b"').startswith("The response value at $.v is not")


def test_what_looks_the_same_is_told_apart() -> None:
    """No-break spaces, composed letters, zero-width spaces, line breaks and what stands for one."""
    for value, shown_as in (
        ("A\u00a0B", r"character 2 is U+00A0 NO-BREAK SPACE"),
        ("A B\u200b", "character 4 is U+200B ZERO WIDTH SPACE"),
    ):
        assert shown_as in failure(json.dumps({"v": value}), f'{JSON_SUBJECT} is "A B"')
    assert r"Mu\u0308ller" in failure(json.dumps({"v": "Mu\u0308ller"}), f'{JSON_SUBJECT} is "Müller"')
    broken = failure(json.dumps({"v": "a\nb"}), rf'{JSON_SUBJECT} is "a\nb"')
    assert 'expected:   "a\\\\nb"\n  found:      "a\\nb"' in broken


def test_the_message_of_a_failure() -> None:
    """As a tester reads it."""
    assert failure('{"v": 99.50}', f"{JSON_SUBJECT} is greater than 100") == (
        "The response value at $.v is not greater than 100\n"
        "  expected:   greater than 100\n  found:      99.50"
    )
    assert failure('{"v": "EUR"}', f'{JSON_SUBJECT} is not "EUR"') == (
        'The response value at $.v is "EUR"\n  expected:   not "EUR"\n  found:      "EUR"'
    )
    assert failure('{"w": 1}', f"{JSON_SUBJECT} is a number") == (
        "There is no response value at $.v\n"
        "  expected:   a number\n  found:      nothing\n  nearest:    $ has w"
    )
    assert failure('{"v": "5"}', f"{JSON_SUBJECT} is a number").endswith('  found:      "5", a text')
    assert failure('{"v": "5"}', f"{JSON_SUBJECT} is the number 5").endswith('  found:      "5", a text')


def test_a_regular_expression_ends_in_bounded_time() -> None:
    """One that would try for years is given up, and the failure says so."""
    text = json.dumps({"v": "a" * 5_000 + "!"})
    for pattern in (r"(a|aa|aaa)+\1*b?(a|a)+c", r"(.*a){12}b"):
        said = failure(text, f'{JSON_SUBJECT} matches "{pattern}"')
        assert said
        assert "found:" in said


def test_a_value_that_takes_too_long_is_tried_once() -> None:
    """Not again for the words of the failure."""
    relation, found = matches(r"(a|aa|aaa)+\1*b?(a|a)+c"), Found("a" * 5_000 + "!")
    said = relation.failure(found)
    began = time.process_time()
    assert relation.failure(found) == said
    assert said is not None
    assert "could not be compared within 2 s" in said
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('the response value at "$.a[" is 1', "is not a valid JSONPath"),
        ('the response value at "//a[" is 1', "is not a valid XPath"),
        ('every response value at "a.b" is 1', "is not a path"),
        ('the sum of the response values at "$[" is 1', "is not a valid JSONPath"),
        ('the response value at "$.a" matches "(a"', "is no regular expression: missing )"),
        ('the response value at "$.a" is between 2 and 1', "nothing is between 2 and 1"),
        ('the response value at "$.a" is before "soon"', '"soon" is no point in time'),
        ('the response value at "$.a" is 1 give or take -1', "give or take less than nothing"),
        ('the response value at "$.a" is within 999999999999 weeks of now', "longer than any calendar"),
    ],
)
def test_what_cannot_be_read_is_refused_when_the_phrase_is_read(text: str, words: str) -> None:
    """So at collection, before anything is sent."""
    with pytest.raises((ValueError, ConfigurationError)) as caught:
        read(text)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "closest"),
    [
        (
            'the response value at "$.a" is grater than 5',
            "the response value at {string} is greater than {n}",
        ),
        ('the response header "X" contain "y"', "the response header {string} contains {string}"),
        ('the response value at "$.a" is a numbr', "the response value at {string} is a number"),
        ('the response value at "$.a" match "x"', "the response value at {string} matches {string}"),
        ('every response value at "$.a" is above 5', "every response value at {string} is greater than {n}"),
        ('the response value at "$.a" is an array', "the response value at {string} is a list"),
        ('the response value at "$.a" is present', "the response value at {string} exists"),
        ('the response value at "$.a" should be 5', "the response value at {string} is {literal}"),
        ('I save the response value at "$.a" as "x"', "I remember {other} as {string}"),
        (
            'I send an IDoc to the iFlow "a" with the file "b"',
            "I send the file {string} as an IDoc to the iFlow",
        ),
        (
            'the response value at "$.a" is greater than or equal to 5',
            "the response value at {string} is at least {n}",
        ),
    ],
)
def test_a_step_that_is_not_quite_a_phrase_is_told_the_closest(text: str, closest: str) -> None:
    """With the value as it is written, and the choice that is near."""
    step = Step(name=text, type="then", indent=4, line_number=7, keyword="Then")
    said = missing_step("x.feature", step, text).text
    assert closest in said.partition("what to do")[0], said
