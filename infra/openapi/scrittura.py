"""The files that are served, as text. They are JSON, which YAML 1.2 reads as well."""

import json
from pathlib import Path

from chalicelib.rest.operation import Api
from infra.openapi import ente
from infra.openapi.documento import document

TARGET = Path(__file__).resolve().parents[2] / "chalicelib" / "rest" / "openapi" / "documenti"


def texts() -> dict[str, str]:
    """Give the text of every file, by its name."""
    made = {str(api): document(api) for api in Api} | {ente.NOME: ente.document()}
    return {
        f"govpay-api-{name}-v1.json": json.dumps(one, ensure_ascii=False, indent=1) + "\n" for name, one in made.items()
    }
