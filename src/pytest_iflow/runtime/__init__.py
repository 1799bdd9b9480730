"""Calls of iFlows and the evidence of each."""
