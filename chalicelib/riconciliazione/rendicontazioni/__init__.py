"""Rows of flows, whatever flow they are of: listed, counted and summed."""
