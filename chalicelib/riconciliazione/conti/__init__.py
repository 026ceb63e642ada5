"""The proof of the books: ente by ente and day by day, each result chained to the one before."""
