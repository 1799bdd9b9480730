"""One masking layer under everything that writes: streams, logs, reports, bodies; and the gate behind it."""
