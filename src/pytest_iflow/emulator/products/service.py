"""The ASGI application of the product service, OData V2 at ``/espm-cloud-web/espm.svc``."""

from __future__ import annotations

import contextlib

from starlette.requests import Request
from starlette.routing import Route, Router

from pytest_iflow.emulator.odata.service import ODataService
from pytest_iflow.emulator.products.catalogue import MODEL, catalogue
from pytest_iflow.emulator.wire_answer import WireAnswer

ROOT = "/espm-cloud-web/espm.svc"


class ProductService:
    """Answers queries for products; a query takes microseconds and runs on the event loop."""

    def __init__(self, url: str) -> None:
        self._catalogue = catalogue()
        self._odata = ODataService(url, MODEL, self._catalogue, contextlib.nullcontext())

    def app(self) -> Router:
        """Return the application, read-only as the flows need it."""
        return Router([Route(f"{ROOT}/{{resource:path}}", self._read)])

    def close(self) -> None:
        """Give the catalogue back."""
        self._catalogue.close()

    async def _read(self, request: Request) -> WireAnswer:
        return self._odata.read(
            request.path_params["resource"], dict(request.query_params), request.headers.get("accept", "")
        )
