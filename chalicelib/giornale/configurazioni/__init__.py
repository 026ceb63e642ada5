"""What the installation is set to, as an operator reads and changes it."""
