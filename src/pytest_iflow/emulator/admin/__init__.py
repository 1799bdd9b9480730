"""The emulator's own pages: faults, counters, reset and status. A real tenant has nothing of this."""
