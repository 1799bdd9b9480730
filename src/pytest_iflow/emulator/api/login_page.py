"""The login page: what the host without ``-rt`` shows to a browser, as recorded (wire-facts 4.6)."""

from __future__ import annotations

import base64
import json
import secrets
import uuid
from http import HTTPStatus
from urllib.parse import quote, urlencode

from pytest_iflow.emulator.instances import RUNTIME_APPLICATION
from pytest_iflow.emulator.runtime.answers import TRANSPORT_SECURITY
from pytest_iflow.emulator.start import Planes
from pytest_iflow.emulator.wire_answer import WireAnswer

# As in the recorded ``client_id=sb-it!b117912``; the rest of the query is encoded.
UNQUOTED = "!"
SIGNATURE_OCTETS = 20
ICON = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


def login_url(planes: Planes) -> str:
    """Return where the page sends a browser to; client id and encoding are the recorded ones."""
    query = {
        "response_type": "code",
        "client_id": f"sb-it!{RUNTIME_APPLICATION}",
        "redirect_uri": f"{planes.api}/login/callback",
    }
    return f"{planes.token}/oauth/authorize?{urlencode(query, safe=UNQUOTED, quote_via=quote)}"


def login_page(planes: Planes) -> WireAnswer:
    """Answer 200 with a script that sets three cookies and goes to the login.

    The recorded ``signature`` has the size of a SHA-1; what it signs is not known, so it is random here.
    """
    request_id = str(uuid.uuid4())
    signature = quote(base64.b64encode(secrets.token_bytes(SIGNATURE_OCTETS)).decode(), safe="")
    script = (
        'document.cookie="fragmentAfterLogin="+encodeURIComponent(location.hash)+";path=/";'
        'document.cookie="locationAfterLogin="+'
        "encodeURIComponent(location.href.split('#')[0].split(location.host)[1])+\";path=/\";"
        f'document.cookie="signature={signature};path=/";'
        f"location={json.dumps(login_url(planes))}"
    )
    page = f'<html><head><link rel="shortcut icon" href="{ICON}" /><script>{script}</script></head></html>'
    headers = (
        ("cache-control", "no-cache, no-store, must-revalidate"),
        ("content-security-policy", "script-src 'self' 'unsafe-inline'; frame-ancestors *"),
        ("content-type", "text/html"),
        ("x-frame-options", "SAMEORIGIN"),
        ("x-request-id", request_id),
        ("x-vcap-request-id", request_id),
        TRANSPORT_SECURITY,
    )
    return WireAnswer(HTTPStatus.OK, headers, page.encode())
