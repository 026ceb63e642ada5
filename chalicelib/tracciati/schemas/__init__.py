"""JSON of the contract ↔ tracciati."""
