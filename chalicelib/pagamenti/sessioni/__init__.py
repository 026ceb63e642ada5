"""Payments that the portal of an ente starts (modello 1): the session, its cart at pagoPA, the way back."""
