"""Whether a gestionale keeps the contract API Ente v1: cases to run against its address, each with a name."""
