"""A file, read once and in order: its rows, or why it is refused as a whole."""
