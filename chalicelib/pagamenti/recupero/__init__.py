"""What became of payments whose outcome is not known: asked about on schedule, one message each, until it is known."""
