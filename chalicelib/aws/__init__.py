"""What every table, queue and bucket shares."""
