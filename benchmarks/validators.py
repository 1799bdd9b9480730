"""What the checks of one product answer cost, in CPU microseconds: ``python benchmarks/validators.py``."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from decimal import Decimal

import jsonschema

from pytest_iflow.checks.comparison import Reading, expect
from pytest_iflow.checks.document import parse_document
from pytest_iflow.checks.json_schema import JsonSchema
from pytest_iflow.checks.relations import Literal, literal
from pytest_iflow.checks.schema import SchemaStore, shipped_schemas
from pytest_iflow.checks.xml_to_json import json_form

SCHEMA = "product-details.schema.json"
ROUNDS, CALLS = 7, 300
VALUES = {
    "ProductId": "HT-1080", "Name": "Photo Scan", "ShortDescription": "Scanner", "LongDescription": "Scanner",
    "Category": "Scanners", "CategoryName": "Scanners", "Price": "51.0", "CurrencyCode": "EUR",
    "QuantityUnit": "EA", "Weight": "2.3", "WeightUnit": "KG", "DimensionWidth": "0.34",
    "DimensionDepth": "0.48", "DimensionHeight": "0.05", "DimensionUnit": "m", "PictureUrl": "HT-1080.jpg",
    "SupplierId": "100000041",
}  # fmt: skip


def cost(call: Callable[[], object]) -> float:
    """Give the CPU time of one call in microseconds, the best of several rounds."""
    rounds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(CALLS):
            call()
        rounds.append(time.process_time() - start)
    return min(rounds) / CALLS * 1e6


def main() -> None:
    """Print one line for each check."""
    elements = "".join(f"<{name}>{value}</{name}>" for name, value in VALUES.items())
    body = f"<Products><Product>{elements}</Product></Products>".encode()
    document = parse_document(body, "application/xml")
    store = SchemaStore([shipped_schemas()])
    schema = JsonSchema.load(store.find(SCHEMA))
    form = json_form(document, schema.shape)
    contents = json.loads(schema.path.read_text(encoding="utf-8"))
    checks: dict[str, Callable[[], object]] = {
        "jsonschema.validate, the schema checked each time": lambda: jsonschema.validate(form, contents),
        "SchemaStore.validate, XML": lambda: store.validate(document, SCHEMA),
        "  of which jsonschema, compiled once": lambda: list(schema.validator.iter_errors(form)),
        "  of which XML to JSON": lambda: json_form(document, schema.shape),
        "parse_document, XML": lambda: parse_document(body, "application/xml"),
        "is a text, JSONPath": lambda: expect(
            Reading.at(document, "$.Products.Product.Name"), literal(Literal("Photo Scan"))
        ),
        "is a number, XPath": lambda: expect(Reading.at(document, "//Price"), literal(Literal(Decimal(51)))),
    }
    for name, call in checks.items():
        print(f"{name:52}{cost(call):8.0f} µs")


if __name__ == "__main__":
    main()
