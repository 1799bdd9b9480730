"""The error pages of the runtime: one template of the servlet container (wire-facts 4.4)."""

from __future__ import annotations

from http import HTTPStatus

from pytest_iflow.emulator.wire_answer import WireAnswer

# Byte for byte the recorded page; it was recorded for 401 and is assumed for the other statuses.
TEMPLATE = (
    '<!doctype html><html lang="en"><head><title>HTTP Status {status} \N{EN DASH} {phrase}</title>'
    '<style type="text/css">body {{font-family:Tahoma,Arial,sans-serif;}} '
    "h1, h2, h3, b {{color:white;background-color:#525D76;}} h1 {{font-size:22px;}} h2 {{font-size:16px;}} "
    "h3 {{font-size:14px;}} p {{font-size:12px;}} a {{color:black;}} "
    ".line {{height:1px;background-color:#525D76;border:none;}}</style></head>"
    "<body><h1>HTTP Status {status} \N{EN DASH} {phrase}</h1></body></html>"
)


def error_page(status: HTTPStatus, request_id: str, *extra: tuple[str, str]) -> WireAnswer:
    """Render the page of a status, with ``extra`` headers in front."""
    body = TEMPLATE.format(status=status.value, phrase=status.phrase).encode("utf-8")
    return WireAnswer(
        status,
        (
            *extra,
            ("content-type", "text/html;charset=utf-8"),
            ("content-length", str(len(body))),
            ("content-language", "en"),
            ("server", "SAP"),
            ("x-vcap-request-id", request_id),
        ),
        body,
    )
