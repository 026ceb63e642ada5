"""The commands, one module each. What is heavy is imported by the command that runs."""
