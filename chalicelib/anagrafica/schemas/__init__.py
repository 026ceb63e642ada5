"""JSON ↔ model, by the contract of the backoffice."""
