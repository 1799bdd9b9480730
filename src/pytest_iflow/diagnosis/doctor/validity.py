"""How long certificates are still good."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping

from pytest_iflow.diagnosis.access_tokens import moment
from pytest_iflow.diagnosis.doctor.outcome import Advice, Look, State, passed

DAY = 86_400.0
"""In seconds."""

NOTICE = 30.0
"""Days before its end from which on a certificate is warned about."""


def judge_ends(said: str, ends: Mapping[str, float]) -> Look:
    """Pass with what was ``said`` and the earliest end; warn of each certificate that ends soon.

    ``ends`` maps certificates to their end, in seconds since 1970.
    """
    now = time.time()
    said = f"{said}, until {moment(min(ends.values()))}"
    remedy = "Renew it before then: for a service key, create a new one; for a host, tell its operator."
    days_left = {what: (end - now) / DAY for what, end in ends.items()}
    soon = [
        Advice(f"Within {_shown(days)} {what} ends.", remedy)
        for what, days in days_left.items()
        if days <= NOTICE
    ]
    return Look(State.WARNED, said, tuple(soon)) if soon else passed(said)


def _shown(days: float) -> str:
    count = math.ceil(days)
    return f"{count} day{'s' if count > 1 else ''}"
