"""What ``jsonschema.validate`` does besides validating: it checks the schema itself, each time."""

import json
from pathlib import Path

from jsonschema import Draft202012Validator

schema = json.loads(Path("schemas/product-details.schema.json").read_text(encoding="utf-8"))
for _product in Path("products.txt").read_text(encoding="utf-8").split():
    Draft202012Validator.check_schema(schema)
