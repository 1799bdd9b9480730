"""What a scenario has prepared for its calls: headers, address, form; and what a call carries of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_iflow.runtime.addresses import with_suffix
from pytest_iflow.runtime.request_body import FormField, content_type_of, form_body, refuse_beside_form
from pytest_iflow.transport.charset import check_declared, encode
from pytest_iflow.transport.exchange import Headers

if TYPE_CHECKING:  # not for a run without steps about receivers
    from pytest_iflow.runtime.mocked_receivers import MockedReceivers


@dataclass(frozen=True, slots=True)
class Addition:
    """What a step adds to its own call: the end of the path, parameters, headers that no step sets."""

    suffix: str = ""
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(repr=False, kw_only=True)
class PreparedRequest:
    """What the calls that follow carry: ``form`` the next one, all else each of them.

    ``suffix`` is put behind the path of the address. ``receivers`` are those of the scenario, where it has
    steps about them.
    """

    headers: Headers = field(default_factory=Headers)
    query: list[tuple[str, str]] = field(default_factory=list)
    suffix: str = ""
    form: list[FormField] = field(default_factory=list)
    gzipped: bool = False
    soap_action: str = ""
    soap_headers: list[str] = field(default_factory=list)
    receivers: MockedReceivers | None = None

    def encoded(self, body: str | bytes) -> bytes:
        """Return a body as it is sent: a text in its own charset, bytes as they are.

        Raises ``ConfigurationError`` where that contradicts the header Content-Type or the body itself.
        """
        named = self.headers.get("content-type")
        if isinstance(body, str):
            return encode(body, named)
        check_declared(body, named)
        return body

    def carried(
        self, method: str, iflow: str, body: str | bytes, file: str, addition: Addition | None = None
    ) -> tuple[str, dict[str, Any]]:
        """Return what is called, and what the call carries: as it is prepared by now.

        A form goes with one call. Raises ``ConfigurationError`` where it cannot.
        """
        headers, query, suffix = Headers(self.headers), list(self.query), self.suffix
        if addition is not None:
            for name, value in addition.headers.items():
                headers.setdefault(name, value)
            query = [*addition.query, *query]
            suffix = with_suffix(addition.suffix, suffix) if suffix else addition.suffix
        if self.form:
            form, self.form = self.form, []
            refuse_beside_form(method, body)
            given = headers.get("content-type")
            encoded, kind = form_body(form, given)
            if given != "":  # which is one that is not sent
                headers["Content-Type"] = kind
        else:
            encoded = self.encoded(body)
            if file and encoded:
                headers.setdefault("Content-Type", content_type_of(encoded, file))
        carried: dict[str, Any] = {"body": encoded, "headers": headers, "query": query}
        if self.gzipped:
            carried["gzipped"] = True
        if self.receivers is not None:
            carried["scenario"] = self.receivers.scenario
        if iflow.startswith("/"):
            return with_suffix(iflow, suffix), carried
        if suffix:
            carried["suffix"] = suffix
        return iflow, carried
