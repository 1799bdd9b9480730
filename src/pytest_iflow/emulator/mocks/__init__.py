"""Systems behind the receivers of exported iFlows: what they answer, and what they were sent."""
