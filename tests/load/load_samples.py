"""A load run as results have it, for tests of what is made of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pytest_iflow.load.figures import SCHEMA, Failure, Figures, LoadResult, Measured, Processing
from pytest_iflow.load.order import Thresholds

STARTED = datetime(2026, 11, 3, 4, 42, tzinfo=UTC)
CALLS = Figures("POST", "orders", 1000, 10, 0.085, 0.8, 1.2, 1.5, 100.0, 250.0)
SCENARIO = replace(CALLS, kind="scenario", name="An order", count=500, failures=4)
MEASURED = Measured(
    STARTED,
    STARTED + timedelta(seconds=10),
    interrupted=False,
    figures=(CALLS, SCENARIO),
    failures=(Failure("POST", "orders", "answered 503 Service Unavailable", 10),),
)
PROCESSING = Processing("orders", "Order_Flow", 990, 2, 1, 0.04, 0.2, 0.3, 0.4)
RESULT = LoadResult(
    SCHEMA, "trial", "dev", "load", 50, 1, 10.0, 20.0, MEASURED, (PROCESSING,), "", Thresholds(0.01, 0.8)
)
