"""A folder in the place of the bucket of giornali di cassa, for who has no tools of AWS."""
