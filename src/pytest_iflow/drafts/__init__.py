"""Parts of a suite that a command derives from something else, and writes for people to go on with."""
