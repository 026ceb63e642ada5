"""From the columns of a CSV to a pendenza, and from its outcome to a line of the answer: declared, never programmed."""
