"""Values at paths of JSON and XML, and what is told where there is none."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.checks.document import parse_document
from pytest_iflow.checks.jsonpath_search import compiled_jsonpath, matches
from pytest_iflow.checks.path import check_path, found_at, values_at, vicinity
from pytest_iflow.checks.xpath import read_namespaces
from pytest_iflow.errors import CheckError, ConfigurationError
from pytest_iflow.tenants.suite_files import read_regular

JSON = (
    b'{"Products": {"Product": [{"Id": "1", "Price": 51.0, "a b": null}, {"Id": "2", "Stock": {"EA": 3}}]}}'
)
XML = (
    b'<Products n="2"><Product id="1"><Price>51.0</Price></Product>'
    b'<Product id="2"><Price>89.0</Price><Stock><EA>3</EA> each</Stock></Product></Products>'
)


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("$.Products.Product[0].Id", ["1"]),
        ("$.Products.Product[*].Id", ["1", "2"]),
        ("$..Id", ["1", "2"]),
        ("$.Products.Product[-1].Stock", [{"EA": 3}]),
        ("$['Products']['Product'][0]['a b']", [None]),
        ("$.Products.Product[?@.Price > 50].Id", ["1"]),
        ("$.Products.Product[7]", []),
        ("$.none", []),
    ],
)
def test_jsonpath_on_json(path: str, values: list[Any]) -> None:
    """RFC 9535."""
    assert values_at(parse_document(JSON, None), path) == values


@pytest.mark.parametrize(
    "message", [JSON, b"[[1]]", b'"text"', b"null", b'{"": {"a": {"b": [2]}}, "a": {"b": 3}}']
)
@pytest.mark.parametrize(
    "path",
    [
        "$",
        "$.Products",
        "$.Products.Product",
        "$.Products.Product[1].Id",
        "$.Products.Product[2]",
        "$.Products[0]",
        "$[0]",
        "$[0][0]",
        "$.a.b",
        "$.a.b[0]",
        "$[''].a.b",
        "$.a.b.c",
    ],
)
def test_names_and_indexes_lead_where_the_library_goes(message: bytes, path: str) -> None:
    """A path of names and indexes is followed without the library: to the same value, by the same way."""
    document = parse_document(message, "application/json")
    expected = [(each.obj, each.parts) for each in matches(compiled_jsonpath(path), document.value)]
    assert [(each.value, each.origin) for each in found_at(document, path)] == expected


@pytest.mark.parametrize("path", ["$", "$.true", "$._1", "$.größe", "$.a[0][12].b", "$.a[999999999]"])
def test_a_path_of_names_and_indexes_is_one_for_the_library(path: str) -> None:
    """What is not given to the library is valid there, and leads to one value."""
    check_path(path)
    assert compiled_jsonpath(path).singular_query()


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("$.Products['@n']", ["2"]),
        ("$.Products.Product[1].Price", ["89.0"]),
        ("$..Price", ["51.0", "89.0"]),
    ],
)
def test_jsonpath_on_xml_sees_the_converted_message(path: str, values: list[Any]) -> None:
    """One path serves the XML and the JSON variant of a flow."""
    assert values_at(parse_document(XML, None), path) == values


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("/Products/Product/Price", ["51.0", "89.0"]),
        ("/Products/Product[1]/Price/text()", ["51.0"]),
        ("//Product[@id='2']/Price", ["89.0"]),
        ("//Stock", ["3 each"]),
        ("/Products/@n", ["2"]),
        ("//*[local-name()='EA']", ["3"]),
        ("//none", []),
        ("/Products/Product[1]/Price > 50", [True]),
        ("/Products/Product[1]/Price * 2", [102]),
        ("/Products/Product[1]/Price div 2", [25.5]),
    ],
)
def test_xpath_on_xml(path: str, values: list[Any]) -> None:
    """Elements and attributes as texts, calculations as numbers and truth values."""
    assert values_at(parse_document(XML, None), path) == values


def test_xpath_may_use_the_prefixes_of_the_root() -> None:
    """The default namespace has none, and is reached by local names."""
    document = parse_document(b'<p:A xmlns:p="urn:p" xmlns="urn:d"><p:B>1</p:B><C>2</C></p:A>', None)
    assert values_at(document, "/p:A/p:B") == ["1"]
    assert values_at(document, "/p:A/C") == ["2"]
    assert values_at(document, "//*[local-name()='C']") == ["2"]


def test_the_text_of_an_element_has_no_comments_and_all_pieces() -> None:
    """Character data of every kind."""
    document = parse_document(b"<A>1<!-- no --><![CDATA[<2>]]><B>3</B>4</A>", None)
    assert values_at(document, "/A") == ["1<2>34"]


@pytest.mark.parametrize("body", [b'"{broken"', b'"[1]"', b'"text"'])
def test_a_message_that_is_just_a_text_is_not_parsed_again(body: bytes) -> None:
    """Even if it looks like JSON."""
    document = parse_document(body, "application/json")
    assert values_at(document, "$") == [document.value]


def test_an_xpath_on_json_is_told() -> None:
    """With the kind of path that works."""
    with pytest.raises(CheckError, match="The response is JSON, but '/Products' is an XPath") as caught:
        values_at(parse_document(JSON, None), "/Products")
    assert "Use a JSONPath" in (caught.value.remedy or "")


@pytest.mark.parametrize("path", ["Products.Product", "two (parts)", ""])
def test_what_begins_otherwise_is_no_path(path: str) -> None:
    """A path begins with $, /, a bracket or a function."""
    with pytest.raises(ConfigurationError, match=re.escape(f"{path!r} is not a path")):
        values_at(parse_document(XML, None), path)


@pytest.mark.parametrize(
    ("path", "what", "where"),
    [
        ("$.a b", "'$.a b' is not a valid JSONPath", "at character 5 of the path"),
        ("$.a[", "'$.a[' is not a valid JSONPath", "at the end of the path"),
        ("$.a[?foo(@)]", "'$.a[?foo(@)]' is not a valid JSONPath", "at character 6 of the path"),
        ("$.a | $.b", "'$.a | $.b' is not a valid JSONPath", "at character 5 of the path"),
        ("/a[", "'/a[' is not a valid XPath: Invalid expression", "before character 4 of the path"),
        ("//a[1", "'//a[1' is not a valid XPath: Invalid predicate", "before character 6 of the path"),
        ("/p:a", "The XPath '/p:a' cannot be used here: Undefined namespace prefix p", "declares: none"),
        ("/a/foo()", "'/a/foo()' is not a valid XPath", "character"),
    ],
)
def test_a_malformed_path_is_told_with_its_position(path: str, what: str, where: str) -> None:
    """It is a mistake in the feature, not in the answer."""
    with pytest.raises(ConfigurationError) as caught:
        values_at(parse_document(XML, None), path)
    assert caught.value.what.startswith(what)
    assert where in (caught.value.where or "")


def test_a_jsonpath_that_nests_too_deep_is_told() -> None:
    """The library stops at a depth of its own: the path is right, the message is not one for it."""
    body = b'{"a":' * 300 + b"1" + b"}" * 300
    with pytest.raises(CheckError, match="nested too deep to be judged"):
        values_at(parse_document(body, None), "$..b")


INNER = (
    b'<s:E xmlns:s="urn:s"><s:B><n0:F xmlns:n0="urn:o"><code>1</code></n0:F><x xmlns="urn:d"><y>2</y></x>'
    b'<a xmlns:p="urn:1"><p:x>3</p:x></a><a xmlns:p="urn:2"><p:x>4</p:x></a></s:B></s:E>'
)


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("//n0:F/code", ["1"]),
        ("/s:E/s:B/n0:*/code", ["1"]),
        ("//n0:F[contains('a:b', ':')]/child::code", ["1"]),
        ("/s:E[count(s:B/descendant::n0:F) = 1]//code", ["1"]),
        ("//*[local-name()='x' and namespace-uri()='urn:2']", ["4"]),
    ],
)
def test_prefixes_that_are_declared_anywhere_are_known(path: str, values: list[object]) -> None:
    """As they stand in the message."""
    assert values_at(parse_document(INNER, None), path) == values


@pytest.mark.parametrize(
    ("path", "what", "where"),
    [
        ("//p:x", "the prefix p has several meanings in the message", "urn:1, urn:2"),
        ("//q:x", "Undefined namespace prefix q", "prefixes that the message declares: n0, p, s"),
        ("//a[last(1, 2)]", "Invalid number of arguments", "prefixes that the message declares: n0, p, s"),
        ("//a[", "is not a valid XPath", "before character"),
        ("//\x00", "is not a valid XPath", "before character 1"),
    ],
)
def test_what_an_xpath_cannot_mean_is_told(path: str, what: str, where: str) -> None:
    """With what the message declares."""
    with pytest.raises(ConfigurationError, match=what) as caught:
        values_at(parse_document(INNER, None), path)
    assert (caught.value.where or "").startswith(where)


def test_a_number_of_more_digits_than_xpath_knows_is_refused() -> None:
    """Its last digits would be wrong; the text of the element has them all."""
    document = parse_document(b"<a>4500012345678901235</a>", None)
    assert values_at(document, "/a") == ["4500012345678901235"]
    with pytest.raises(ConfigurationError, match="more digits than XPath"):
        values_at(document, "/a + 0")


NEAR_JSON = b'{"Products": {"Product": [{"Id": "1", "Price": "51.0"}], "n": 1, "none": {}}}'
NEAR_XML = b'<Products n="1"><Product id="7"><Id>1</Id><Price>51.0</Price></Product><none/></Products>'


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("$.Products.Product[0].Prise", "$.Products.Product[0] has Id, Price; did you mean Price?"),
        ("$.Products.Product[*].Prise.x", "$.Products.Product[0] has Id, Price; did you mean Price?"),
        ("$.Products.Product[3].Price", "$.Products.Product is an array of 1 item(s)"),
        ("$.Products.Product.Price", "$.Products.Product is an array of 1 item(s)"),
        ("$.Products.n.x", "$.Products.n is the value 1"),
        ("$.Products.none.x", "$.Products.none has no members"),
        ("$.Products[0]", "$.Products is an object, not an array; it has Product, n, none"),
        ("$..Prise", "$ has Products"),
    ],
)
def test_near_a_jsonpath(path: str, text: str) -> None:
    """The last step that exists, and what it holds."""
    assert vicinity(parse_document(NEAR_JSON, None), path) == text


def test_a_jsonpath_near_an_xml_element_that_stands_alone() -> None:
    """Without a schema the conversion knows of no array: the error says so."""
    found = vicinity(parse_document(NEAR_XML, None), "$.Products.Product[0].Price")
    assert found == "$.Products.Product is an object, not an array; it has @id, Id, Price"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/Products/Product/Prise", "/Products/Product has @id, Id, Price; did you mean Price?"),
        ("/Products/Product/Prise/text()", "/Products/Product has @id, Id, Price; did you mean Price?"),
        ("/Products/Product[Id='a/b']/Price", "/Products has @n, Product, none"),
        ("/Products/Product/@ix", "/Products/Product has @id, Id, Price; did you mean @id?"),
        ("/Products//x", "/Products has @n, Product, none"),
        ("/Products/none/x", "/Products/none has no members"),
        ("//x", "the root element is Products"),
        ("/x", "the root element is Products"),
        ("//price", "the root element is Products; did you mean Price?"),
        ("//n0:Prise[1]/text()", "the root element is Products; did you mean Price?"),
        ("/products/Product", "the root element is Products; did you mean Products?"),
    ],
)
def test_near_an_xpath(path: str, text: str) -> None:
    """The last step that exists, and what it holds."""
    assert vicinity(parse_document(NEAR_XML, None), path) == text


SHOP = (
    b'<Shop xmlns="urn:shop" xmlns:x="urn:x"><Product id="1"><Price>5</Price><x:Note>a</x:Note></Product>'
    b'<Product id="2"><Price>7</Price><Note>b</Note></Product><and>1</and></Shop>'
)


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("/Shop/Product/Price", ["5", "7"]),
        ("/Shop/Product[2]/Price", ["7"]),
        ("//Product[@id='2']/Price", ["7"]),
        ("//Product[Price > 5]/@id", ["2"]),
        ("//Product[Price > 5 and Price < 9]/@id", ["2"]),
        ("//and", ["1"]),
        ("//Product[contains('Price', 'i')][1]/child::Price", ["5"]),
        ("/Shop/Product/attribute::id", ["1", "2"]),
        ("count(//Product)", [2]),
        ("sum(//Price)", [12]),
        ("string-length(//Price)", [1]),
        ("string(//Product[2]/Price)", ["7"]),
        ("concat(//Product[1]/@id, '-', //Product[2]/@id)", ["1-2"]),
        ("(//Product)[2]/@id", ["2"]),
        ("boolean(//Product)", [True]),
        ("count(//none)", [0]),
        ("//none", []),
        ("//Note", []),
    ],
)
def test_names_without_a_prefix_are_found_in_a_namespace(path: str, values: list[object]) -> None:
    """In the one that the message has them in; functions give numbers and texts."""
    check_path(path)
    assert values_at(parse_document(SHOP, None), path) == values


def test_a_name_in_several_namespaces_needs_a_prefix() -> None:
    """So says what is near; a suite may declare prefixes of its own, which go before those of the message."""
    document = parse_document(SHOP, None)
    assert vicinity(document, "//Note").endswith(
        "; Note is in the namespaces urn:shop and urn:x: write a prefix before it"
    )
    declared = parse_document(SHOP, None, namespaces={"s": "urn:shop", "x": "urn:shop"})
    assert values_at(declared, "//s:Note") == values_at(declared, "//x:Note") == ["b"]
    assert values_at(document, "//x:Note") == ["a"]
    assert "/s:Shop/s:Product has @id, Price, Note" in vicinity(declared, "/s:Shop/s:Product/s:Prise")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('n0 = "urn:a"\n"b-c" = "urn:b"\n', {"n0": "urn:a", "b-c": "urn:b"}),
        (None, {}),
        ("n0 = 5", "1 declares no namespace by 'n0'"),
        ('n0 = "urn:a"\n"a b" = "urn:a"', "2 declares no namespace by 'a b'"),
        ('n0 = "urn:a"\nn1 = " "', "2 declares no namespace by 'n1'"),
        ("n0 = ", "1 is not valid TOML: Invalid value"),
        (
            'n0 = "urn:a"\n\n"n0" = "urn:b"\nx = "urn:x"',
            '3 is not valid TOML: "n0" stands here a second time',
        ),
        ('a = "urn:a"\n[n]\nb = "urn:b"', '2 has a table "n", and no prefixes in tables'),
        ('xml = "urn:a"', '1 declares "xml", which has its meaning in XML'),
    ],
)
def test_the_namespaces_of_a_suite(tmp_path: Path, text: str | None, found: object) -> None:
    """A file with a line for each; without one there are none."""
    path = tmp_path / "namespaces.toml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    if not isinstance(found, str):
        assert read_namespaces(path, read_regular) == found
        return
    line, _, what = found.partition(" ")
    with pytest.raises(ConfigurationError, match=re.escape(f"namespaces.toml {what}")) as caught:
        read_namespaces(path, read_regular)
    assert caught.value.where == f"{path}:{line}"


def test_a_function_that_does_not_exist_is_refused_with_its_place() -> None:
    """Before there is any message."""
    with pytest.raises(
        ConfigurationError, match=r"there is no function contain; did you mean contains\?"
    ) as caught:
        check_path("//a[contain(b, 'c')]")
    assert caught.value.where == 'at character 5 of the path, behind "//a["'
    for path, name, near in (
        ("string-join(//a, ',')", "string-join", "string"),
        ("fn:count(//a)", "fn:count", "count"),
        ("//a[fn:count(.) = 1]", "fn:count", "count"),
    ):
        with pytest.raises(ConfigurationError, match=rf"there is no function {name}; did you mean {near}\?"):
            check_path(path)
    with pytest.raises(ConfigurationError) as caught:
        check_path("$.a[?@.b = 1]")
    assert caught.value.where == 'at character 10 of the path, behind "$.a[?@.b "'


def test_nothing_is_near_in_a_message_that_is_found_by_its_root() -> None:
    """Only a path without steps has no parent."""
    assert vicinity(parse_document(NEAR_JSON, None), "$") == ""


def test_a_path_that_leads_to_ever_more_values_is_refused() -> None:
    """In bounded time and memory, though the message is small."""
    message = "1"
    for _ in range(8):
        message = f"[{message}, {message}, {message}]"
    document = parse_document(message.encode(), None)
    with pytest.raises(CheckError, match=r"leads to more than 250,000 values|cannot be searched by"):
        values_at(document, "$..*..*..*..*")
