"""The scenarios of the feature file."""

from pytest_bdd import scenarios

scenarios("features")
