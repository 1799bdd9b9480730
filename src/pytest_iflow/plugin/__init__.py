"""What serves pytest: options, hooks, fixtures, workers, and the end of a run."""
