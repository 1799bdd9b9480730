"""What a run leaves: its result, the results of its scenarios, journal, history and acceptance records."""
