"""Payments in figures: how many and how much, by what an operator groups them; and one by one, on paper."""
