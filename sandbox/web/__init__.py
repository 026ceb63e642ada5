"""What the simulators share to speak HTTP: a small server, JSON whose amounts are never floats, plain pages."""
