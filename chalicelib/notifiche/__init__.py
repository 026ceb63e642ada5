"""Who must be told: the ente's application."""
