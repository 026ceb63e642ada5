"""What every REST route shares."""
