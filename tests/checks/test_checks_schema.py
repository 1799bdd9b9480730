"""Schemas are found by name, compiled once, and judge XML and JSON answers alike."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from pytest_iflow.checks.document import Document, parse_document
from pytest_iflow.checks.schema import SchemaStore, shipped_schemas
from pytest_iflow.checks.xml_to_json import json_form
from pytest_iflow.errors import CheckError, ConfigurationError
from pytest_iflow.tenants.suite_files import SuiteFiles
from tests.side_by_side import side_by_side

PRODUCT = "product-details.schema.json"
NO_PRODUCT = "no-product.schema.json"
# A product in the form of wire-facts 1.2.
_ELEMENTS = {
    "WeightUnit": "KG",
    "CategoryName": "Scanners",
    "DimensionHeight": "0.05",
    "DimensionUnit": "m",
    "CurrencyCode": "EUR",
    "ProductId": "HT-1080",
    "ShortDescription": "Scans photos &amp; more",
    "Name": "Photo Scan",
    "Category": "Scanners",
    "LongDescription": "Scans photos &amp; more",
    "QuantityUnit": "EA",
    "Weight": "2.3",
    "DimensionWidth": "0.34",
    "Price": "51.0",
    "PictureUrl": "HT-1080.jpg",
    "DimensionDepth": "0.48",
    "SupplierId": "100000041",
}


def products_xml(*changes: Mapping[str, str | None]) -> bytes:
    """Write an answer of the web shop's flow, one product for each change; None leaves an element out."""
    products = []
    for change in changes or ({},):
        elements = {**_ELEMENTS, **change}.items()
        lines = [f"<{name}>{text}</{name}>" for name, text in elements if text is not None]
        products.append("<Product>\n      " + "\n      ".join(lines) + "\n    </Product>")
    body = "\n    ".join(products)
    return f"<?xml version='1.0' encoding='UTF-8'?>\n<Products>\n    {body}\n</Products>".encode()


@pytest.fixture
def store() -> SchemaStore:
    """Look schemas up where the plugin ships them."""
    return SchemaStore([shipped_schemas()])


def as_json(xml: bytes) -> Document:
    """Give the JSON answer of a flow whose converter writes Product as an array."""
    form = json_form(parse_document(xml, None))
    products = form["Products"]["Product"]
    form["Products"]["Product"] = products if isinstance(products, list) else [products]
    return parse_document(json.dumps(form).encode(), "application/json")


def violations(store: SchemaStore, document: Document, name: str = PRODUCT) -> str:
    """Give the text of the failure."""
    with pytest.raises(CheckError) as caught:
        store.validate(document, name)
    return caught.value.what


OLD_DECIMALS = {"Price": "51.0", "Weight": "2.3", "DimensionDepth": "0.48"}
NEW_DECIMALS = {"Price": "999.000", "Weight": "0.840", "DimensionDepth": "0.2400"}


@pytest.mark.parametrize("changes", [[OLD_DECIMALS], [NEW_DECIMALS], [OLD_DECIMALS, NEW_DECIMALS]])
def test_products_match_as_xml_and_as_json(store: SchemaStore, changes: list[dict[str, str]]) -> None:
    """One or several, with the decimals of either generation of the web shop (wire-facts 1.2)."""
    xml = products_xml(*changes)
    store.validate(parse_document(xml, "application/xml"), PRODUCT)
    store.validate(as_json(xml), PRODUCT)


@pytest.mark.parametrize("name", ["LongDescription", "Weight", "PictureUrl", "DimensionUnit"])
def test_a_product_may_lack_what_the_web_shop_may_leave_empty(store: SchemaStore, name: str) -> None:
    """These are not what a product is bought by."""
    store.validate(parse_document(products_xml({name: None}), None), PRODUCT)


@pytest.mark.parametrize("name", ["ProductId", "Name", "Category", "Price", "CurrencyCode", "SupplierId"])
def test_a_product_must_have_what_identifies_and_prices_it(store: SchemaStore, name: str) -> None:
    """Its absence is named."""
    what = violations(store, parse_document(products_xml({name: None}), None))
    assert f"$.Products.Product[0]: '{name}' is a required property" in what


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ProductId", "HT1080"),
        ("ProductId", "HT-12345678"),
        ("ProductId", "ht-1080"),
        ("Price", "51,0"),
        ("Price", "-1"),
        ("Price", "1.0000"),
        ("Price", "1" * 21),
        ("Price", ""),
        ("CurrencyCode", "EURO"),
        ("CurrencyCode", "€"),
        ("Weight", "1.0000"),
        ("DimensionWidth", "0.00001"),
        ("DimensionHeight", "1234567890"),
        ("Category", "x" * 41),
        ("Name", ""),
        ("QuantityUnit", "EACH"),
        ("SupplierId", "12345678901"),
        ("Surplus", "x"),
    ],
)
def test_a_wrong_value_is_refused(store: SchemaStore, name: str, value: str) -> None:
    """In XML and in JSON (sizes: wire-facts 1.4)."""
    xml = products_xml({name: value})
    assert name in violations(store, parse_document(xml, None))
    assert violations(store, as_json(xml)) == violations(store, parse_document(xml, None))


def test_every_violation_is_listed_with_its_place(store: SchemaStore) -> None:
    """In the order of the message."""
    xml = products_xml({"Price": "free"}, {"CurrencyCode": "E", "ProductId": None})
    assert [line.split(";")[0] for line in violations(store, parse_document(xml, None)).splitlines()] == [
        "The response does not match the schema product-details.schema.json, 3 violations:",
        "  $.Products.Product[0].Price: must match the pattern ^[0-9]{1,20}([.][0-9]{1,3})?$",
        "  $.Products.Product[1]: 'ProductId' is a required property",
        "  $.Products.Product[1].CurrencyCode: must match the pattern ^[A-Z]{3}$",
    ]


def test_of_more_than_50_violations_the_rest_is_counted(store: SchemaStore) -> None:
    """A thousand products may all lack their prices."""
    xml = products_xml(*[{"Price": None}] * 60)
    lines = violations(store, parse_document(xml, None)).splitlines()
    assert len(lines) == 52
    assert lines[-1] == "  and 10 more"


@pytest.mark.parametrize(
    "body",
    [
        b"<Products/>",
        b"<Products></Products>",
        b"<Products>\n</Products>",
        b'{"Products": ""}',
        b'{"Products": {}}',
    ],
)
def test_the_answer_to_an_unknown_product_matches_the_schema_of_its_own(
    store: SchemaStore, body: bytes
) -> None:
    """Which bytes it has is not known (wire-facts 1.3); all that mean it are good."""
    document = parse_document(body, None)
    store.validate(document, NO_PRODUCT)
    assert "$.Products:" in violations(store, document)


def test_a_product_is_not_the_answer_to_an_unknown_product(store: SchemaStore) -> None:
    """As the schema for that says."""
    assert "1 violation" in violations(store, parse_document(products_xml(), None), NO_PRODUCT)


def test_one_product_in_json_is_judged_like_one_in_xml(store: SchemaStore) -> None:
    """The converter of the tenant writes an array only for repeated elements; one schema serves both."""
    form = json_form(parse_document(products_xml(), None))
    store.validate(parse_document(json.dumps(form).encode(), None), PRODUCT)
    form["Products"]["Product"]["Price"] = "cheap"
    assert "$.Products.Product.Price" in violations(store, parse_document(json.dumps(form).encode(), None))


def test_json_with_one_value_where_the_schema_demands_an_array_is_refused(tmp_path: Path) -> None:
    """A JSON answer is judged as it is, not as it could be converted."""
    schema = {"properties": {"orders": {"type": "array"}}}
    (tmp_path / "orders.json").write_text(json.dumps(schema), encoding="utf-8")
    document = parse_document(b'{"orders": {"id": "1"}}', None)
    found = violations(SchemaStore([tmp_path]), document, "orders.json")
    assert "$.orders: must be of type array" in found


@pytest.mark.parametrize("name", ["sub/x.json", "sub\\x.json"])
def test_the_first_folder_that_has_a_schema_wins(tmp_path: Path, name: str) -> None:
    """Slashes and backslashes both work."""
    for folder in ("second", "third"):
        (tmp_path / folder / "sub").mkdir(parents=True)
        (tmp_path / folder / "sub" / "x.json").write_text("{}", encoding="utf-8")
    store = SchemaStore([tmp_path / folder for folder in ("first", "second", "third")])
    assert store.find(name) == tmp_path / "second" / "sub" / "x.json"


def test_a_path_from_the_current_folder_and_an_absolute_one_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Testers copy either from their editor."""
    path = tmp_path / "schemas" / "x.json"
    path.parent.mkdir()
    path.write_text("{}", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    store = SchemaStore([tmp_path / "elsewhere"])
    assert store.find("schemas/x.json") == path
    assert store.find(str(path)) == path


def test_a_missing_schema_is_told_with_the_places_and_the_nearest_name(tmp_path: Path) -> None:
    """A misspelt name is the usual case."""
    (tmp_path / "product.xsd").write_text("", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("", encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        SchemaStore([tmp_path, tmp_path / "none"]).find("prodact.xsd")
    assert caught.value.what == "There is no schema 'prodact.xsd'; did you mean product.xsd?"
    assert str(tmp_path / "none" / "prodact.xsd") in (caught.value.where or "")


def test_a_missing_schema_like_no_other_is_told_without_a_guess(tmp_path: Path) -> None:
    """No name at all is better than a far one."""
    with pytest.raises(ConfigurationError) as caught:
        SchemaStore([tmp_path]).find("zzz")
    assert caught.value.what == "There is no schema 'zzz'"


def test_a_schema_is_found_and_read_once_for_a_run(tmp_path: Path) -> None:
    """What changes in its file after that counts for the next run; what is missing is looked for again."""
    path, read = tmp_path / "x.json", []

    def note(path: Path) -> bytes:
        read.append(path)
        return path.read_bytes()

    store, document = SchemaStore([tmp_path], note), parse_document(b"[]", None)
    with pytest.raises(ConfigurationError, match="There is no schema"):
        store.validate(document, "x.json")
    path.write_text('{"type": "object"}', encoding="utf-8")
    assert "type object" in violations(store, document, "x.json")
    path.unlink()
    assert "type object" in violations(store, document, "x.json")
    assert read == [path]


def test_an_xsd_judges_xml(tmp_path: Path) -> None:
    """By the ending of its name, in either case."""
    element = '<xs:element name="A" type="xs:int"/>'
    xsd = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{element}</xs:schema>'
    (tmp_path / "a.XSD").write_text(xsd, encoding="utf-8")
    store = SchemaStore([tmp_path])
    store.validate(parse_document(b"<A>1</A>", None), "a.XSD")
    assert "line 1: Element 'A'" in violations(store, parse_document(b"<A>x</A>", None), "a.XSD")


def test_a_schema_may_refer_to_the_whole_suite_and_no_further(tmp_path: Path) -> None:
    """The suite is where the folder of schemas lies."""
    suite = tmp_path / "suite"
    (suite / "schemas").mkdir(parents=True)
    (suite / "payloads").mkdir()
    for path in (suite / "payloads" / "part.json", tmp_path / "part.json"):
        path.write_text('{"type": "array"}', encoding="utf-8")
    for name, reference in (("good", "../payloads/part.json"), ("bad", "../../part.json")):
        (suite / "schemas" / f"{name}.json").write_text(json.dumps({"$ref": reference}), encoding="utf-8")
    store = SchemaStore([suite / "schemas"], SuiteFiles(suite).read)
    store.validate(parse_document(b"[]", None), "good.json")
    with pytest.raises(ConfigurationError, match=r"part.json. lies outside of the suite"):
        store.validate(parse_document(b"[]", None), "bad.json")


def test_threads_share_what_is_compiled_once(tmp_path: Path) -> None:
    """Each message is judged by its own content: JSON with a file that the schema names, and XML."""
    amount = {"type": "integer", "minimum": 0}
    (tmp_path / "amount.json").write_text(json.dumps(amount), encoding="utf-8")
    order = {"type": "object", "properties": {"amount": {"$ref": "amount.json"}, "at": {"format": "of-ours"}}}
    (tmp_path / "order.json").write_text(json.dumps(order), encoding="utf-8")
    (tmp_path / "order.xsd").write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="order"><xs:complexType>'
        '<xs:sequence><xs:element name="amount" type="xs:unsignedInt"/></xs:sequence></xs:complexType>'
        "</xs:element></xs:schema>",
        encoding="utf-8",
    )
    files = SuiteFiles(tmp_path)
    opened: list[str] = []

    def read(path: Path) -> bytes:
        opened.append(path.name)
        return files.read(path)

    store = SchemaStore([tmp_path], read)
    together = threading.Barrier(32)

    def judge(first: int) -> None:
        together.wait(20)
        for number in range(first, 3200, 32):
            amount = number - 40 if number % 80 < 40 else -number
            body, name = f'{{"amount": {amount}}}', "order.json"
            if number % 2:
                body, name = f"<order><amount>{amount}</amount></order>", "order.xsd"
            found = violations(store, parse_document(body.encode(), None), name) if amount < 0 else ""
            if amount >= 0:
                store.validate(parse_document(body.encode(), None), name)
            else:
                assert str(amount) in found

    side_by_side(judge, range(32))
    assert opened.count("order.json") == opened.count("order.xsd") == 1
    assert [name for name, _ in files.used].count("amount.json") == 1
    assert store.unchecked == {"of-ours (order.json)"}
