"""Collections of requests, read in the formats of several tools, as suites."""
