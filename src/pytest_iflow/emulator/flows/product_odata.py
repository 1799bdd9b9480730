"""A flow behind an OData sender: products, read through the product service.

Everything about the sender's address is assumed: wire-facts 4.1 did not find it.
"""

from __future__ import annotations

from urllib.parse import quote

from pytest_iflow.emulator.flows.failure import FlowFailureError
from pytest_iflow.emulator.flows.flow import Flow, Surroundings
from pytest_iflow.emulator.flows.http_receiver import ReceiverError
from pytest_iflow.emulator.flows.message import Message, Reply

# What may stand in the query of a URL as it is; the rest came unquoted and cannot be sent on so.
QUERY_CHARACTERS = "%=&$'()/,:;+!*@?~"


def read_products(message: Message, surroundings: Surroundings) -> Reply:
    """Answer what the product service answers, with this flow's address in its links."""
    message.log.step("ServiceTask_1", "Request Reply")
    message.log.receiver = message.log.receiver or "WebShop"
    service = surroundings.products.service_url
    query = quote(message.query_string, safe=QUERY_CHARACTERS)
    try:
        answer = surroundings.products.read(
            quote(message.path, safe="/()',$"), query, message.header("accept")
        )
    except ReceiverError as error:
        raise FlowFailureError(f"org.apache.camel.CamelExecutionException: {error}") from error
    headers = dict(answer.headers)
    own = message.url.removesuffix(f"/{message.path}")
    return Reply(
        answer.body.replace(service.encode(), own.encode("utf-8", "replace")),
        headers["content-type"],
        answer.status,
        tuple(pair for pair in answer.headers if pair[0] == "dataserviceversion"),
    )


FLOWS = (Flow("Product_OData", "Products by OData", "/PRODUCTS/*", read_products, protocol="odata"),)
