"""A small portal of the enti: a citizen sees what is due, pays, comes back and finds the receipt."""
