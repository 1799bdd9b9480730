"""Load from scenarios: many users run the scenarios of a tag at once, through Locust."""
