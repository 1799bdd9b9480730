"""HTTP as this suite speaks it: connections that verify TLS, and the evidence of each exchange."""
