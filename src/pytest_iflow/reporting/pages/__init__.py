"""Templates of the pages that a run leaves."""
