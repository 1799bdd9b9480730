"""``junit.xml``: places and issues of scenarios, and the reports of several machines as one."""
