"""The OpenAPI documents of the contracts, and the page to read them. `python -m infra.openapi` writes documenti/."""
