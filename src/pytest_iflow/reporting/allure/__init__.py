"""Allure: the results of a run as files that its command line turns into a report."""
