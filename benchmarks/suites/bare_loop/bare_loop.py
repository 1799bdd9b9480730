"""The floor: what the calls of a suite cost with nothing around them.

Asks for one token and sends the requests of ``products.txt`` over one connection of ``http.client``. Each
answer is judged by a status, a cached validator of jsonschema and two values.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
from pathlib import Path
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator


def main() -> None:
    """Call the iFlow once for each product."""
    key = json.loads(Path(os.environ["IFLOW_SERVICE_KEY"]).read_text(encoding="utf-8"))["oauth"]
    schema = Path("schemas/product-details.schema.json").read_text(encoding="utf-8")
    validator = Draft202012Validator(json.loads(schema))
    headers = {"Authorization": f"Bearer {_token(key)}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection(urlsplit(key["url"]).netloc)
    for product in Path("products.txt").read_text(encoding="utf-8").split():
        body = json.dumps({"productIdentifier": product})
        connection.request("POST", "/http/products/details/json", body, headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
        assert response.status == http.client.OK
        assert validator.is_valid(answer)
        assert answer["Products"]["Product"]["ProductId"] == product
        assert answer["Products"]["Product"]["CurrencyCode"] == "EUR"
    connection.close()


def _token(key: dict[str, str]) -> str:
    url = urlsplit(key["tokenurl"])
    credentials = base64.b64encode(f"{key['clientid']}:{key['clientsecret']}".encode()).decode("ascii")
    headers = {"Authorization": f"Basic {credentials}"}
    connection = http.client.HTTPConnection(url.netloc)
    connection.request("POST", f"{url.path}?grant_type=client_credentials", headers=headers)
    token: str = json.loads(connection.getresponse().read())["access_token"]
    connection.close()
    return token


if __name__ == "__main__":
    main()
