"""How long certificates are still good."""

from __future__ import annotations

import time

from pytest_iflow.diagnosis.access_tokens import moment
from pytest_iflow.diagnosis.doctor.outcome import Advice, Look, State, passed

DAY = 86_400.0
"""In seconds."""

NOTICE = 30.0
"""Days before its end from which on a certificate is warned about."""


def judge_end(said: str, what: str, ends: float) -> Look:
    """Pass with what was ``said``; warn where ``what`` ends soon. ``ends`` is in seconds since 1970."""
    days = (ends - time.time()) / DAY
    said = f"{said}, until {moment(ends)}"
    if days > NOTICE:
        return passed(said)
    remedy = "Renew it before then: for a service key, create a new one; for a host, tell its operator."
    return Look(State.WARNED, said, (Advice(f"In {days:.0f} days {what} ends.", remedy),))
