"""The treasurer of the enti, simulated: it writes the giornale di cassa."""
