"""JSON of the contracts ragioneria v1 and backoffice v1 ↔ model."""
