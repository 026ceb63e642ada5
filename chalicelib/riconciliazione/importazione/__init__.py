"""The giornale di cassa, imported: from a file of the bank to every movement explained."""
