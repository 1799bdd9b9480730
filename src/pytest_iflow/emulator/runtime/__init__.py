"""The runtime: runs integration flows for callers that it knows."""
