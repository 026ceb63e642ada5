"""The REST services of pagoPA, one module each; they implement the ports of the contexts."""
