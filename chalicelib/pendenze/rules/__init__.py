"""What may happen to a pendenza. Values in, values out."""
