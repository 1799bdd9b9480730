"""What goes wrong between a client and the landscape, on demand and in an order that repeats."""
