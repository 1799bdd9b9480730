"""Steps of iFlows: what each kind does with a message."""
