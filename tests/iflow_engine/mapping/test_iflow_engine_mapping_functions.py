"""The standard functions of message mappings, each by what a mapping makes with it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pytest_iflow.iflow_engine.engine import Engine
from pytest_iflow.iflow_engine.message import Message
from tests.engine_flows import Answers
from tests.message_mappings import const, func, mapped, mmap, run_mapping, src

GROUPS = (
    "<in><group><name>A</name><item><text>b</text></item><item><text>a</text></item></group>"
    "<group><name>B</name></group>"
    "<group><name>C</name><item><text>c</text></item></group></in>"
)
TEXTS = src("/in/group/item/text", "/in/group")
ITEMS = src("/in/group/item")
NAMES = src("/in/group/name")
ALL_TEXTS = src("/in/group/item/text", "/in")
CALENDAR = "<calend_props><fd>1</fd><md>1</md><le>true</le></calend_props>"


def values(expression: str, message: Message | str = GROUPS) -> list[str] | str:
    """Return the texts that an expression makes of the first context, else the words of the error."""
    said = mapped({"/out/value": expression}, message)
    if not said.startswith("<out"):
        return said
    inner = said.partition(">")[2].replace("<frame/>", "").removesuffix("</out>")
    return [
        one.removesuffix("</value>")
        for one in inner.replace("<value/>", "<value></value>").split("<value>")[1:]
    ]


def of_texts(name: str, *texts: str, **settings: str) -> str:
    """Return what a function makes of constants."""
    found = values(func(name, *map(const, texts), **settings))
    return found if isinstance(found, str) else "|".join(found)


@pytest.mark.parametrize(
    ("name", "texts", "settings", "wanted"),
    [
        ("concat", ["a", "b"], {"delimeter": "-"}, "a-b"),
        ("substring", ["abcdef"], {"start": "1", "count": "3"}, "bcd"),
        ("substring", ["ab"], {"start": "1", "count": "3"}, "b"),
        ("stringEquals", ["a", "a"], {}, "true"),
        ("stringEquals", ["a", "A"], {}, "false"),
        ("indexOf2", ["abcabc", "c"], {}, "2"),
        ("indexOf3", ["abcabc", "c", "3"], {}, "5"),
        ("lastIndexOf2", ["abcabc", "c"], {}, "5"),
        ("lastIndexOf3", ["abcabc", "c", "4"], {}, "2"),
        ("compare", ["a", "c"], {}, "-2"),
        ("replaceString", ["a.b.c", ".", ""], {}, "abc"),
        ("length", ["abc"], {}, "3"),
        ("endWith", ["abc", "bc"], {}, "true"),
        ("startWith2", ["abc", "bc"], {}, "false"),
        ("startWith3", ["abc", "bc", "1"], {}, "true"),
        ("toUpperCase", ["ab"], {}, "AB"),
        ("toLowerCase", ["AB"], {}, "ab"),
        ("trim", ["  a b "], {}, "a b"),
        ("and", ["TRUE", "1"], {}, "true"),
        ("or", ["no", "0"], {}, "false"),
        ("not", ["anything"], {}, "true"),
        ("equals", ["1", "true"], {}, "true"),
        ("notEquals", ["1", "true"], {}, "false"),
        ("add", ["23.5", "6.5"], {}, "30"),
        ("sub", ["1", "2.5"], {}, "-1.5"),
        ("mul", ["3", "0.5"], {}, "1.5"),
        ("div", ["1", "4"], {}, "0.25"),
        ("div", ["1", "0"], {}, "cannot calculate with 1, 0"),
        ("add", ["1", "x"], {}, "'x' is no number"),
        ("max", ["1", "12"], {}, "12"),
        ("min", ["1", "12"], {}, "1"),
        ("abs", ["-100"], {}, "100"),
        ("sqrt", ["9"], {}, "3"),
        ("sqr", ["3"], {}, "9"),
        ("sign", ["-3"], {}, "-1"),
        ("neg", ["3"], {}, "-3"),
        ("inv", ["4"], {}, "0.25"),
        ("power", ["2", "3"], {}, "8"),
        ("ceil", ["1.2"], {}, "2"),
        ("floor", ["1.8"], {}, "1"),
        ("round", ["1.5"], {}, "2"),
        ("equalsA", ["1.0", "1"], {}, "true"),
        ("greater", ["10", "9"], {}, "true"),
        ("less", ["10", "9"], {}, "false"),
        ("formatNumber", ["1234567.891"], {"nformat": "#,##0.00", "separator": ","}, "1,234,567,89"),
        ("formatNumber", ["42"], {"nformat": "00000000", "separator": "."}, "00000042"),
        ("iF", ["then", "true", "else"], {}, "then"),
        ("iF", ["then", "x", "else"], {}, "else"),
        ("iFS", ["then", "0", "else"], {}, "else"),
        ("ifWithoutElse", ["true", "then"], {}, "then"),
        ("ifWithoutElse", ["false", "then"], {}, ""),
        ("ifSWithoutElse", ["1", "then"], {}, "then"),
        ("FixValues", ["k"], {"table": '<properties><property name="k">v</property></properties>'}, "v"),
        ("FixValues", ["x"], {"vmstrategy": "2", "vmdefault": "other"}, "other"),
        ("FixValues", ["x"], {"vmstrategy": "1", "vmdefault": "other"}, "x"),
        ("TransformDate", ["20261129"], {"iform": "yyyyMMdd", "oform": "dd.MM.yyyy"}, "29.11.2026"),
        ("TransformDate", ["11/29/26 1:05 PM"], {"iform": "MM/dd/yy h:mm a", "oform": "HH:mm"}, "13:05"),
        ("TransformDate", ["20261301"], {"iform": "yyyyMMdd", "oform": "yyyy-MM-dd"}, "2027-01-01"),
        (
            "TransformDate",
            ["2026-11-29T10:00:00.5+02:00"],
            {"iform": "yyyy-MM-dd'T'HH:mm:ss.SXXX", "oform": "d MMM yyyy HH:mm"},
            "29 Nov 2026 08:00",
        ),
        (
            "TransformDate",
            ["today"],
            {"iform": "yyyyMMdd", "oform": "yyyy"},
            'Unparseable date: "today" (pattern yyyyMMdd)',
        ),
        ("DateBefore", ["20261129", "2026-11-30"], {"iform": "yyyyMMdd", "oform": "yyyy-MM-dd"}, "true"),
        ("DateAfter", ["20261129", "2026-11-30"], {"iform": "yyyyMMdd", "oform": "yyyy-MM-dd"}, "false"),
        ("CompareDates", ["20261201", "2026-11-30"], {"iform": "yyyyMMdd", "oform": "yyyy-MM-dd"}, "1"),
        ("counter", [], {"ini": "5", "inc": "2"}, "5"),
    ],
)
def test_functions_of_values(name: str, texts: list[str], settings: dict[str, str], wanted: str) -> None:
    """Texts in, text out; what is no number or date fails."""
    more = {"vmstrategy": "1", **settings} if name == "FixValues" else settings
    assert of_texts(name, *texts, **more) == wanted


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        (TEXTS, ["b", "a"]),
        (ALL_TEXTS, ["b", "a", "c"]),
        (func("removeContexts", TEXTS), ["b", "a", "c"]),
        (func("collapseContexts", TEXTS), ["b", "", "c"]),
        (func("collapseContexts", func("SplitByValue", TEXTS, type="0")), ["b", "a", "", "c"]),
        (func("SplitByValue", TEXTS, type="0"), ["b"]),
        (func("SplitByValue", func("replaceValue", TEXTS, value="x"), type="1"), ["x", "x"]),
        (func("removeContexts", func("mapWithDefault", TEXTS, default_value="-")), ["b", "a", "-", "c"]),
        (func("removeContexts", func("exists", ITEMS)), ["true", "false", "true"]),
        (func("removeContexts", func("count", ITEMS)), ["2", "0", "1"]),
        (func("removeContexts", func("index", ITEMS, start="1", inc="1", type="0")), ["1", "2", "1"]),
        (func("removeContexts", func("index", ITEMS, start="1", inc="1", type="1")), ["1", "2", "3"]),
        (func("removeContexts", func("sum", func("replaceValue", ITEMS, value="2"))), ["4", "0", "2"]),
        (func("removeContexts", func("average", func("replaceValue", ITEMS, value="2"))), ["2", "0", "2"]),
        (func("sort", ALL_TEXTS, comparator='<sort_comp type="cs"/>'), ["a", "b", "c"]),
        (func("sort", ALL_TEXTS, order='<sort_order asc="false"/>'), ["c", "b", "a"]),
        (func("sortByKey", ALL_TEXTS, func("counter", ini="1", inc="1")), "sortByKey: there are not as many"),
        (func("sortByKey", ALL_TEXTS, ALL_TEXTS), ["a", "b", "c"]),
        (func("CopyValue", ALL_TEXTS, nnumber="1"), ["a"]),
        (func("concat", ALL_TEXTS, func("counter", ini="1", inc="1"), delimeter=""), ["b1", "a2", "c3"]),
        (func("concat", TEXTS, NAMES, delimeter=""), ["bA", "aA"]),
        (func("removeContexts", func("concat", NAMES, TEXTS, delimeter="")), ["Ab", "Aa", "Cc"]),
        (func("removeContexts", func("iF", TEXTS, func("exists", TEXTS), const("-"))), ["b", "a", "-", "c"]),
        (func("iFS", ALL_TEXTS, func("stringEquals", ALL_TEXTS, const("a")), const("-")), ["-", "b", "-"]),
        (func("iF", ALL_TEXTS, func("stringEquals", ALL_TEXTS, const("a")), const("-")), ["-", "a", "-"]),
        (func("ifWithoutElse", func("stringEquals", ALL_TEXTS, const("a")), ALL_TEXTS), ["a"]),
        (
            func("concat", func("ifWithoutElse", func("not", const("1")), ALL_TEXTS), const("!")),
            [],
        ),
        (
            func(
                "useOneAsMany",
                func("SplitByValue", func("removeContexts", NAMES), type="0"),
                ITEMS,
                ALL_TEXTS,
            ),
            ["A", "A", "C"],
        ),
        (func("useOneAsMany", ALL_TEXTS, ITEMS, ITEMS), "useOneAsMany: the first queue has 1 contexts"),
        (func("formatByExample", func("removeContexts", TEXTS), ITEMS), ["b", "a"]),
        (
            func("formatByExample", func("removeContexts", NAMES), func("removeContexts", ITEMS)),
            ["A", "B", "C"],
        ),
        (func("formatByExample", TEXTS, src("/in")), "formatByExample: there are 3 values for the 1"),
        (func("createIf", func("stringEquals", ALL_TEXTS, const("a"))), [""]),
        (func("isNil", ALL_TEXTS), ["false", "false", "false"]),
        (src("/in/group/item", "/in/group", asXml="x"), None),
    ],
)
def test_functions_of_queues(expression: str, wanted: list[str] | str | None) -> None:
    """Contexts, conditions, statistics: three groups with two, no and one item."""
    found = values(expression)
    if wanted is None:
        assert found == [f"&lt;item&gt;&lt;text&gt;{one}&lt;/text&gt;&lt;/item&gt;" for one in "ba"]
    elif isinstance(wanted, str):
        assert str(found).startswith(wanted)
    else:
        assert found == wanted


def test_functions_of_the_message_and_the_tenant() -> None:
    """Header, property, date of today, value mapping with its default, and xsi:nil."""
    fields = {
        "/out/value": func("getHeader", const("Color")),
        "/out/value[1]": func("getProperty", const("Size")),
        "/out/value[2]": func("currentDate", oform="yyyy-MM-dd", calend=CALENDAR),
        "/out/value[3]": func(
            "valuemap", const("DE"), agency1="SAP", schema1="Country", agency2="Shop", schema2="Land",
            vmstrategy="2", vmdefault="none",
        ),
        "/out/value[4]": func("valuemap", const("FR"), agency1="SAP", schema1="Country", agency2="Shop",
            schema2="Land", vmstrategy="1"),
        "/out/value[5]": func("getProperty", const("Nothing")),
        "/out/one": func("xsiNil"),
    }  # fmt: skip
    engine = Engine(Answers(), clock=lambda: datetime(2026, 11, 29, tzinfo=UTC))
    engine.scripts().services.value_mappings.add({("SAP", "Country"): "DE", ("Shop", "Land"): "Germany"})
    done = run_mapping(mmap(fields), Message(GROUPS, {"color": "red"}, {"Size": 5}), engine)
    assert done.error is None
    body = done.message.binary().decode()
    wanted = "".join(f"<value>{one}</value>" for one in ("red", "5", "2026-11-29", "Germany", "FR"))
    assert wanted + "<value/>" in body
    assert 'xsi:nil="true"' in body
