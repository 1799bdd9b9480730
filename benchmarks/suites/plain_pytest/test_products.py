"""The same work in plain pytest: one parametrised function."""

import json
import os
from pathlib import Path

import jsonschema
import pytest
import requests

PRODUCTS = Path("products.txt").read_text(encoding="utf-8").split()


@pytest.fixture(scope="session")
def service_key():
    return json.loads(Path(os.environ["IFLOW_SERVICE_KEY"]).read_text(encoding="utf-8"))["oauth"]


@pytest.fixture(scope="session")
def access_token(service_key):
    answer = requests.post(
        service_key["tokenurl"],
        params={"grant_type": "client_credentials"},
        auth=(service_key["clientid"], service_key["clientsecret"]),
        timeout=60,
    )
    answer.raise_for_status()
    return answer.json()["access_token"]


@pytest.fixture(scope="session")
def schema():
    return json.loads(Path("schemas/product-details.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("product", PRODUCTS)
def test_product(product, service_key, access_token, schema):
    response = requests.post(
        f"{service_key['url']}/http/products/details/json",
        json={"productIdentifier": product},
        headers={"Authorization": f"Bearer {access_token}"},
        timeout=60,
    )
    assert response.status_code == 200
    jsonschema.validate(response.json(), schema)
    assert response.json()["Products"]["Product"]["ProductId"] == product
    assert response.json()["Products"]["Product"]["CurrencyCode"] == "EUR"
