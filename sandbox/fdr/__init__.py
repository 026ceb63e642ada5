"""Rendicontazione, simulated: the flows that PSPs send for what they paid, as the Nodo and FdR give them to enti."""
