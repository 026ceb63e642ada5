"""The paper of a pendenza."""
