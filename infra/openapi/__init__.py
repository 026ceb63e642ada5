"""The OpenAPI documents of what is served, made from the code: `python -m infra.openapi` writes them anew.

Paths and methods are those the application serves, bodies of requests the models that read them, query parameters those
that the views ask for. What is answered is declared in dichiarazioni/, an API each; every answer of the tests is held
to it.
"""
