"""The floor: what the calls of a suite cost with nothing around them.

Asks for one token and sends the requests of ``products.txt`` over one connection of ``http.client``, each
answer judged by a status, a cached jsonschema validator and two values. Run by ``scenario_cost.py``.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import ssl
import sys
from pathlib import Path
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator


def main(products: Path, schema: Path) -> None:
    """Call the flow once for each line of ``products``."""
    key = json.loads(Path(os.environ["IFLOW_SERVICE_KEY"]).read_text(encoding="utf-8"))["oauth"]
    validator = Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))
    context = ssl.create_default_context(cafile=os.environ["REQUESTS_CA_BUNDLE"])
    headers = {"Authorization": f"Bearer {_token(key, context)}", "Content-Type": "application/json"}
    connection = http.client.HTTPSConnection(urlsplit(key["url"]).netloc, context=context)
    for product in products.read_text(encoding="utf-8").split():
        body = json.dumps({"productIdentifier": product})
        connection.request("POST", "/http/products/details/json", body, headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
        assert response.status == http.client.OK
        assert validator.is_valid(answer)
        assert answer["Products"]["Product"]["ProductId"] == product
        assert answer["Products"]["Product"]["CurrencyCode"] == "EUR"
    connection.close()


def _token(key: dict[str, str], context: ssl.SSLContext) -> str:
    url = urlsplit(key["tokenurl"])
    credentials = base64.b64encode(f"{key['clientid']}:{key['clientsecret']}".encode()).decode("ascii")
    connection = http.client.HTTPSConnection(url.netloc, context=context)
    connection.request(
        "POST",
        f"{url.path}?grant_type=client_credentials",
        headers={"Authorization": f"Basic {credentials}"},
    )
    token: str = json.loads(connection.getresponse().read())["access_token"]
    connection.close()
    return token


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
