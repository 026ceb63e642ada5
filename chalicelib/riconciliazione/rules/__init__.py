"""What may happen to flussi and incassi. Pure."""
