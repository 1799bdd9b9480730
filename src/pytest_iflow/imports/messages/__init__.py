"""Messages made out of schemas: the same each time, and valid."""
