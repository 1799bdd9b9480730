"""A run on disk while it goes on: what is planned, what is finished, and what was kept from running."""
