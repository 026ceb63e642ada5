"""What a caller may ask: upload a tracciato (`ricezione`); and the steps of its work, by the queue (`consegna`)."""
