"""The runs before this one: one history for each environment of each tenant."""
