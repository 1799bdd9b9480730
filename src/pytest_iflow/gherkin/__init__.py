"""Feature files as tests: collection, selection, tags, step look-up."""
