"""A run that was divided over machines (``--shard``), as one run."""
