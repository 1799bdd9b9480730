"""Work that may take ever more time or memory: what it may cost, and a process that can be ended."""
