"""Acceptance records: a run judged, its evidence kept, signed, and verified again years later."""
