"""The only place that knows SOAP, its XML and the Nodo's codes."""
