"""One module per message of the Nodo, named as on the wire, and the types they share."""
