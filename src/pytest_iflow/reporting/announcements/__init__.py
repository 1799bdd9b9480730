"""How a finished run is made known: on pages of CI systems, at lines of feature files, to a command."""
