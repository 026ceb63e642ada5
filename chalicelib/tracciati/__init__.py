"""Pendenze loaded by the thousand: a file in JSON or CSV, row by row, and what became of each row."""
