"""The flows of a tenant as a suite: what each takes is found in its bundle."""
