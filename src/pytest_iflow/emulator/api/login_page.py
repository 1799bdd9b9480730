"""The page that the host without ``-rt`` shows to whoever is not logged in (wire-facts 4.6)."""

from __future__ import annotations

import json
import uuid
from urllib.parse import quote, urlencode

from pytest_iflow.emulator.instances import RUNTIME_APPLICATION
from pytest_iflow.emulator.planes import Planes
from pytest_iflow.emulator.wire_answer import WireAnswer

RECORDED_AS_THEY_ARE = "!:/"


def login_url(planes: Planes) -> str:
    """Return where the page sends a browser to; client id and encoding are the recorded ones."""
    query = {
        "response_type": "code",
        "client_id": f"sb-it!{RUNTIME_APPLICATION}",
        "redirect_uri": f"{planes.api}/login/callback",
    }
    return f"{planes.token}/oauth/authorize?{urlencode(query, safe=RECORDED_AS_THEY_ARE, quote_via=quote)}"


def login_page(planes: Planes) -> WireAnswer:
    """Answer 200 with a script that remembers the place in two cookies and goes to the login."""
    script = (
        'document.cookie="fragmentAfterLogin="+encodeURIComponent(location.hash)+";path=/";'
        'document.cookie="locationAfterLogin="+encodeURIComponent(location.pathname)+";path=/";'
        f"location.href={json.dumps(login_url(planes))};"
    )
    headers = (
        ("cache-control", "no-cache, no-store, must-revalidate"),
        ("content-type", "text/html"),
        ("x-vcap-request-id", str(uuid.uuid4())),
    )
    return WireAnswer(200, headers, f"<html><head><script>{script}</script></head></html>".encode())
