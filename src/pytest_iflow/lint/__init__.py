"""What ``pytest-iflow lint`` finds in a suite: without a tenant, and before anything is sent."""
