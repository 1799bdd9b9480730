"""Golden messages of lines and segments: text, CSV, EDIFACT, X12 and flat IDocs."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from pytest_iflow.checks.document import parse_document
from pytest_iflow.checks.golden import AnswerBody, GoldenMessage
from pytest_iflow.checks.side_by_side import DifferenceError
from pytest_iflow.errors import CheckError, ConfigurationError


def compare(folder: Path, name: str, golden: str, answer: str, rules: str = "") -> list[str]:
    """Compare an answer with a golden message by rules; returns the differences."""
    path = folder / name
    path.write_bytes(golden.encode())
    path.with_name(f"{path.stem}.golden.toml").write_text(rules, encoding="utf-8")
    body = AnswerBody(answer.encode(), "text/plain", lambda: parse_document(answer.encode(), None))
    try:
        GoldenMessage.load(path).expect(body, pytest.fail)
    except CheckError as error:
        return [*map(str, error.rows)] if isinstance(error, DifferenceError) else [error.what]
    return []


EDIFACT = (
    "UNA:+.? '\n"
    "UNB+UNOA:1+5412345678908:14+8798765432106:14+261128:1005+REF1'\n"
    "UNH+1+ORDERS:D:96A:UN'\n"
    "BGM+220+4711+9'\n"
    "DTM+137:20261128:102'\n"
    "DTM+2:20261201:102'\n"
    "FTX+AAI+++It?'s 5 ?+ 6'\n"
    "LIN+1++HT-1080:SRV'\n"
    "QTY+21:10'\n"
    "UNT+9+1'\n"
    "UNZ+1+REF1'\n"
)
MESSAGE = EDIFACT.partition("REF1'\n")[2].partition("UNZ")[0]
"""Without its envelope, as a splitter hands it on."""
X12 = (
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *261128*1005*U*00401"
    "*000000001*0*P*>~"
    "GS*PO*SENDER*RECEIVER*20261128*1005*1*X*004010~ST*850*0001~BEG*00*SA*4711**20261128~SE*3*0001~GE*1*1~"
    "IEA*1*000000001~"
)


def idoc(number: str, date: str, quantity: str) -> str:
    """Return a flat IDoc of two records, as its ports write it."""
    control = f"EDI_DC40  800{number}740 3012  ORDERS05".ljust(64)
    control = f"{control}".ljust(378) + f"{date}101500"
    item = f"{'E2EDP01001':<30}800{number}00000100000002" + quantity
    return f"{control.ljust(524)}\r\n{item}\r\n"


def cut(message: str, width: int) -> str:
    """Return a message as systems send it that know lines of one length only."""
    stream = message.replace("\n", "")
    return "\r\n".join(stream[at : at + width] for at in range(0, len(stream), width))


IDOC = idoc("0000000000000001", "20261128", "000010")
CONTROL_NUMBERS = 'ignore = ["UNB.4", "UNB.5", "UNZ.2", "DTM[1]"]'


@pytest.mark.parametrize(
    ("name", "golden", "answer", "rules"),
    [
        ("a.txt", "one\ntwo\n", "one\r\ntwo", ""),
        ("a.txt", "one\nat 1\n", "one\nat 2\n", 'ignore = ["line 2"]'),
        ("a.txt", "one\nat 1\n", "one\nat 2\n", "mask = [{ path = 'line 2', pattern = 'at \\d' }]"),
        ("a.csv", "Id,Name\n1,A\n", 'Id,Name\r\n1,"A"\r\n', ""),
        ("a.csv", "Id;At;P\n1;x;1,5\n", "Id;At;P\n1;y;1,5\n", 'ignore = ["At"]'),
        ("a.csv", "Id;At\n1;x\n", "Id;At\n1;y\n", 'ignore = ["2"]'),
        ("a.csv", "Id,P\n1,1.50\n", "Id,P\n1,1.5\n", 'numbers = ["P"]'),
        ("a.edi", EDIFACT, EDIFACT.replace("\n", "").replace("UNA:+.? '", ""), ""),
        ("a.edi", EDIFACT, EDIFACT.replace("REF1", "REF2").replace(":1005", ":2359"), CONTROL_NUMBERS),
        ("a.edi", EDIFACT, EDIFACT.replace("137:20261128", "137:20270101"), CONTROL_NUMBERS),
        ("a.edi", EDIFACT, EDIFACT.replace("DTM+2:20261201:102'\n", ""), 'ignore = ["DTM[2]"]'),
        (
            "a.edi",
            EDIFACT,
            EDIFACT.replace(":+.? '", "|#.! ~")
            .translate(str.maketrans("+:?'", "#|!~"))
            .replace("It!~s 5 !# 6", "It's 5 + 6"),
            "",
        ),
        ("a.x12", X12, X12.replace("~", "~\n").replace("*", "|"), ""),
        (
            "a.x12",
            X12,
            X12.replace("000000001", "000000002").replace("*1005", "*2359"),
            'ignore = ["ISA.13", "ISA.10", "GS.5", "IEA.2"]',
        ),
        (
            "a.idoc",
            IDOC,
            idoc("0000000000000002", "20261129", "000010"),
            'ignore = ["*.DOCNUM", "EDI_DC40.CREDAT"]',
        ),
        ("a.edi", EDIFACT, cut(EDIFACT, 15), ""),
        ("a.edi", MESSAGE, MESSAGE.replace("\n", ""), ""),
        ("a.edi", f"UNA:+.? '{MESSAGE}", MESSAGE, ""),
        ("a.x12", X12, cut(X12, 80), ""),
        ("a.x12", X12, X12.replace("*SENDER         *", "*SENDER*"), 'ignore = ["ISA.6"]'),
        ("a.idoc", IDOC, IDOC.replace("\r\n", ""), ""),
    ],
)
def test_what_rules_and_notation_leave_free_is_equal(
    tmp_path: Path, name: str, golden: str, answer: str, rules: str
) -> None:
    """Line ends, quotes, delimiters that the message declares itself; what is ignored by name."""
    assert compare(tmp_path, name, golden, answer, rules) == []


@pytest.mark.parametrize(
    ("name", "golden", "answer", "rules", "lines"),
    [
        (
            "a.csv",
            "Id;Name\n1;A\n",
            "Id,Name\n1,A\n",
            "",
            ['what separates cells: expected ";", found ","'],
        ),
        ("a.txt", "one\ntwo\n", "one\ntWo\n", "", ['line 2, column 2: expected "two", found "tWo"']),
        ("a.txt", "one\ntwo\n", "two\n", "", ['line 1: expected "one", found nothing']),
        ("a.txt", "one\n", "one\nat 2\n", "", ['line 2: not expected, found "at 2"']),
        (
            "a.csv",
            "Id,Name\n1,A\n2,B\n",
            "Id,Name\n1,A\n2,C\n",
            "",
            ['line 3, column "Name" (2): expected "B", found "C"'],
        ),
        (
            "a.csv",
            'Id,T\n1,"a\nb"\n2,c\n',
            'Id,T\n1,"a\nb"\n2,d\n',
            "",
            ['line 4, column "T" (2): expected "c", found "d"'],
        ),
        (
            "a.csv",
            "Id,At\n1,x\n",
            "Id,At\n2,y\n",
            'ignore = ["At"]',
            ['line 2, column "Id" (1): expected "1", found "2"'],
        ),
        (
            "a.edi",
            EDIFACT,
            EDIFACT.replace("20261201", "20261202").replace("REF1", "REF2"),
            CONTROL_NUMBERS,
            ['segment 5, DTM[2].1.2: expected "20261201", found "20261202"'],
        ),
        (
            "a.edi",
            EDIFACT,
            EDIFACT.replace("QTY+21:10'\n", ""),
            "",
            ['segment 8, QTY: expected "QTY+21:10", found nothing'],
        ),
        (
            "a.edi",
            EDIFACT,
            EDIFACT.replace("5 ?+ 6", "5 ?+ 7"),
            "",
            ['segment 6, FTX.4: expected "It\'s 5 + 6", found "It\'s 5 + 7"'],
        ),
        (
            "a.edi",
            MESSAGE,
            MESSAGE.replace("10'", "10 '"),
            "",
            ['segment 7, QTY.1.2: expected "10", found "10 "'],
        ),
        ("a.x12", X12, X12.replace("4711", "4712"), "", ['segment 4, BEG.3: expected "4711", found "4712"']),
        (
            "a.idoc",
            IDOC,
            idoc("0000000000000001", "20261129", "000011"),
            "",
            [
                'line 1, EDI_DC40.CREDAT: expected "20261128", found "20261129"',
                'line 2, E2EDP01001.SDATA: expected "000010", found "000011"',
            ],
        ),
        ("a.edi", EDIFACT, "no message", "", ["The response is not EDIFACT: it begins with no message"]),
        ("a.edi", EDIFACT, "UNA:+'", "", ["The response is not EDIFACT: it begins with UNA:+'"]),
        ("a.edi", EDIFACT, " \n ", "", ["The response is not EDIFACT: it is empty"]),
        (
            "a.edi",
            EDIFACT,
            "UNA+++? 'UNB+UNOC",
            "",
            ["The response is not EDIFACT: what UNA names does not separate: UNA+++? '"],
        ),
        ("a.x12", X12, "", "", ["The response is not X12: it is empty"]),
    ],
)
def test_what_differs_is_told_by_line_or_segment(
    tmp_path: Path, name: str, golden: str, answer: str, rules: str, lines: list[str]
) -> None:
    """With column, element or field."""
    assert compare(tmp_path, name, golden, answer, rules) == lines


@pytest.mark.parametrize(
    ("name", "golden", "rules", "what"),
    [
        (
            "a.edi",
            EDIFACT,
            'ignore = ["//UNB"]',
            "'//UNB' names nothing of a golden message of the format edifact",
        ),
        ("a.txt", "one", 'ignore = ["$.a"]', "'$.a' names nothing of a golden message of the format text"),
        ("a.csv", "Id\n1", 'any-order = ["Id"]', "any-order is a rule for JSON and XML"),
        ("a.edi", "UNA:+'", "", "The golden message a.edi is not EDIFACT: it begins with UNA:+'"),
        ("a.dat", "one", 'format = "x12"', "The golden message a.dat is not X12: it begins with one"),
    ],
)
def test_a_rule_that_means_nothing_in_a_format_is_refused(
    tmp_path: Path, name: str, golden: str, rules: str, what: str
) -> None:
    """Before anything is compared."""
    with pytest.raises(ConfigurationError) as caught:
        compare(tmp_path, name, golden, golden, rules)
    assert what in caught.value.what


def test_long_messages_are_compared_in_bounded_time(tmp_path: Path) -> None:
    """Whether lines are missing, new or in another order; what differs is told as what it is."""
    lines = [f"{number};Product {number};x\n" for number in range(30_000)]
    golden = "".join(["Id;Name;Kind\n", *lines])
    began = time.process_time()
    changed = golden.replace("Product 15000;", "Product;").replace("7;Product 7;x\n", "", 1)
    moved = changed + "30000;Product 30000;x\n"
    assert compare(tmp_path, "a.csv", golden, moved) == [
        'line 9: expected "7;Product 7;x", found nothing',
        'line 15001, column "Name" (2): expected "Product 15000", found "Product"',
        'line 30001: not expected, found "30000;Product 30000;x"',
    ]
    backwards = "".join(["Id;Name;Kind\n", *reversed(lines)])
    assert len(compare(tmp_path, "a.csv", golden, backwards)) > 10
    assert time.process_time() - began < 20


def test_a_file_says_its_format_where_the_message_does_not(tmp_path: Path) -> None:
    """Lines of a log in brackets are no JSON."""
    assert compare(tmp_path, "log.txt", "[INFO] a\n", "[INFO] a\n", 'format = "text"') == []
    with pytest.raises(ConfigurationError, match="is not valid JSON"):
        compare(tmp_path, "log.txt", "[INFO] a\n", "[INFO] a\n")


def test_two_values_of_many_equal_lines_are_told_as_two(tmp_path: Path) -> None:
    """Where no line stands alone, they are paired by their places, of any number."""
    lines = [f"{number % 5};x" for number in range(5_000)]
    golden = "Id;Name\n" + "\n".join(lines)
    lines[1_000] = lines[4_000] = "0;y"
    assert compare(tmp_path, "a.csv", golden, "Id;Name\n" + "\n".join(lines), "") == [
        'line 1002, column "Name" (2): expected "x", found "y"',
        'line 4002, column "Name" (2): expected "x", found "y"',
    ]
