"""The steps of a history, by who makes them."""
