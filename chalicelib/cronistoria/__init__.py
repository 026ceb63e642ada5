"""The cronistoria of an IUV: what happened from its load to its incasso, what is missing, what comes next."""
