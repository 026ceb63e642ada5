"""Values and words shared by all contexts. Standard library only."""
