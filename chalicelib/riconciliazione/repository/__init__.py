"""Items ↔ model: `flussi` and `incassi`."""
