"""The ASGI application of the product service, OData V2 at ``/espm-cloud-web/espm.svc``."""

from __future__ import annotations

import re
from dataclasses import replace

from starlette.requests import Request
from starlette.routing import Route, Router

from pytest_iflow.emulator.odata_error import ODataError
from pytest_iflow.emulator.products.catalogue import KEY, Catalogue, Selection
from pytest_iflow.emulator.products.query import selected, selection
from pytest_iflow.emulator.products.representation import (
    Product,
    entry_as_atom,
    entry_as_json,
    feed_as_atom,
    feed_as_json,
)
from pytest_iflow.emulator.wire_answer import WireAnswer

ROOT = "/espm-cloud-web/espm.svc"
ENTITY = re.compile(r"Products\('((?:[^']|'')*)'\)")
NOT_FOUND = 404


class ProductService:
    """Answers queries for products; a query takes microseconds and runs on the event loop."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._catalogue = Catalogue()

    def app(self) -> Router:
        """Return the application, read-only as the flows need it."""
        return Router([Route(f"{ROOT}/{{resource:path}}", self._read)])

    def close(self) -> None:
        """Give the catalogue back."""
        self._catalogue.close()

    async def _read(self, request: Request) -> WireAnswer:
        as_json = _wants_json(request)
        try:
            body = self._resource(request, as_json)
        except ODataError as error:
            return _answer(error.status, error.as_json() if as_json else error.as_xml(), as_json)
        return _answer(200, body, as_json)

    def _resource(self, request: Request, as_json: bool) -> bytes:
        resource = request.path_params["resource"]
        options = dict(request.query_params)
        if resource == "Products":
            render_feed = feed_as_json if as_json else feed_as_atom
            return render_feed(self._url, self._keyed(selection(options)))
        if entity := ENTITY.fullmatch(resource):
            key = entity.group(1).replace("''", "'")
            wanted = Selection(selected(options.get("$select")), f"{KEY.column} = ?", (key,))
            found = self._keyed(wanted)
            if not found:
                raise ODataError(NOT_FOUND, "There is no product of this id.")
            render_entry = entry_as_json if as_json else entry_as_atom
            return render_entry(self._url, *found[0])
        raise ODataError(NOT_FOUND, "There is no such entity set or entity.")

    def _keyed(self, wanted: Selection) -> list[tuple[str, Product]]:
        # The address of an entity needs its key, whether or not the caller selected it.
        rows = self._catalogue.select(replace(wanted, properties=[KEY, *wanted.properties]))
        names = {each.name for each in wanted.properties}
        return [(row[KEY.name], {name: row[name] for name in row if name in names}) for row in rows]


def _wants_json(request: Request) -> bool:
    explicit = request.query_params.get("$format")
    if explicit is None:
        return "application/json" in request.headers.get("accept", "")
    return explicit == "json"


def _answer(status: int, body: bytes, as_json: bool) -> WireAnswer:
    content_type = "application/json" if as_json else "application/xml"
    headers = (("content-type", f"{content_type};charset=utf-8"), ("dataserviceversion", "2.0"))
    return WireAnswer(status, (*headers, ("content-length", str(len(body)))), body)
