"""What --update-golden writes of lines and segments: what rules leave out stays as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_iflow.checks.flat_records import read_flat
from pytest_iflow.checks.golden_flat_update import updated_flat
from pytest_iflow.checks.golden_rules import Format, read_rules
from pytest_iflow.tenants.suite_files import read_regular

OLD_ORDER = "UNB+UNOA:1+A:14+B:14+261128:1005+REF1'\nDTM+137:20261128:102'\nQTY+21:10'\nUNZ+1+REF1'\n"
NEW_ORDER = "UNB+UNOA:1+A:14+B:14+270101:2359+REF?+2'DTM+137:20270101:102'QTY+21:11'UNZ+1+REF?+2'"
KEPT_ORDER = "UNB+UNOA:1+A:14+B:14+261128:1005+REF1'DTM+137:20261128:102'QTY+21:11'UNZ+1+REF1'"
HEADER = "ISA*00*          *00*          *ZZ*A              *ZZ*B              *{}*U*00401*{}*0*P*>~"
X12 = HEADER + "GS*PO*A*B*{}*1*X*004010~BEG*00*SA*{}~"


def idoc(number: str, date: str, quantity: str) -> str:
    """Return a flat IDoc of two records."""
    control = f"EDI_DC40  800{number}740 3012  ORDERS05".ljust(378) + f"{date}101500"
    return f"{control.ljust(524)}\r\n{'E2EDP01001':<30}800{number}00000100000002{quantity:<1000}\r\n"


@pytest.mark.parametrize(
    ("format_", "golden", "found", "rules", "written"),
    [
        ("text", "a\nat 1\nc\n", "b\r\nat 2\r\nc", 'ignore = ["line 2"]', "b\r\nat 1\r\nc"),
        ("text", "at 1\n", "at 2\n", "mask = [{ path = 'line 1', pattern = 'at [0-9]' }]", "at 1\n"),
        ("text", "at 1\n", "on 2\n", "mask = [{ path = 'line 1', pattern = 'at [0-9]' }]", "on 2\n"),
        (
            "csv",
            "Id;At;Note\n1;x;a\n2;y;b\n",
            'Id;At;Note\r\n1;new;"a;\nb"\r\n2;new;c\r\n3;new;d\r\n',
            'ignore = ["At"]',
            'Id;At;Note\r\n1;x;"a;\nb"\r\n2;y;c\r\n3;new;d\r\n',
        ),
        (
            "csv",
            "Id,P\n1,1.50\n",
            '"Id","P"\n"2","1.5"\n',
            'numbers = ["P"]',
            '"Id","P"\n"2","1.50"\n',
        ),
        ("edifact", OLD_ORDER, NEW_ORDER, 'ignore = ["UNB.4", "UNB.5", "UNZ.2", "DTM"]', KEPT_ORDER),
        (
            "edifact",
            "UNB+UNOA:1+A+B+1+R?'1'FTX+a'",
            "UNA|#.! ~UNB#UNOA|1#A#B#2#R!~2~FTX#b~",
            'ignore = ["UNB.5"]',
            "UNA|#.! ~UNB#UNOA|1#A#B#2#R'1~FTX#b~",
        ),
        (
            "x12",
            X12.format("261128*1005", "000000001", "20261128*1005", "1"),
            X12.format("270101*2359", "000000002", "20270101*2359", "2"),
            'ignore = ["ISA.9", "ISA.10", "ISA.13", "GS.4", "GS.5"]',
            X12.format("261128*1005", "000000001", "20261128*1005", "2"),
        ),
        (
            "idoc",
            idoc("0000000000000001", "20261128", "1"),
            idoc("0000000000000002", "20270101", "2"),
            'ignore = ["*.DOCNUM", "EDI_DC40.CREDAT"]',
            idoc("0000000000000001", "20261128", "2"),
        ),
        ("idoc", idoc("1", "20261128", "1"), idoc("1", "20261128", "1"), "", idoc("1", "20261128", "1")),
    ],
)
def test_what_rules_leave_out_stays_as_it_was(
    tmp_path: Path, format_: Format, golden: str, found: str, rules: str, written: str
) -> None:
    """All else is as the answer has it: line ends, quotes and delimiters, too."""
    (tmp_path / "a.golden.toml").write_text(rules, encoding="utf-8")
    given = read_rules(tmp_path / "a.txt", read_regular).rules
    assert updated_flat(read_flat(golden, format_), read_flat(found, format_), given) == written
