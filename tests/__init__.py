"""The tests; a package, so that no installed distribution with a package of that name is taken for it."""
