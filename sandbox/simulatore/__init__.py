"""A deterministic simulator: random histories of payments with faults at any call, and what must hold after each."""
