"""``junit.xml``: test cases of scenarios and Python tests, and the reports of several machines as one."""
