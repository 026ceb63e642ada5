"""App IO: where a service of an ente writes to a citizen (API Servizi, GET /profiles and POST /messages)."""
