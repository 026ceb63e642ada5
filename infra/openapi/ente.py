"""The OpenAPI document of API Ente v1: what an ente's applicazione must serve for GovPay to verify and to notify."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from chalicelib.notifiche.ente import ID_TRANSAZIONE
from chalicelib.pagamenti.rules.verifica import StatoVerificato
from chalicelib.pendenze.schemas.requests import PendenzaPostBody
from chalicelib.rest.operation import JSON
from infra.openapi import corpi
from infra.openapi.documento import DICHIARAZIONI, _referred
from infra.openapi.lettura import Body, Read

NOME = "ec"  # of the published file
_REF = "#/components/schemas/"
_VERIFICATA = "pendenzaVerificata"
_PARAM = re.compile(r"\{(\w+)\}")
_TESTO = (
    "Serve queste operazioni l'applicazione dell'ente, all'indirizzo del suo `servizioIntegrazione`: GovPay le chiama. "
    "Vale ogni stato 2xx; i reindirizzamenti non sono seguiti. Una verifica che non risponde in tempo (un secondo e "
    "mezzo, se non è impostato altrimenti) è un ente che non risponde; una notifica non accolta è ripetuta per trenta "
    "giorni. Un'applicazione deve ignorare i campi che non conosce."
)


def document() -> dict[str, Any]:
    """Make the document."""
    declared = yaml.safe_load((DICHIARAZIONI / "ente.yaml").read_text(encoding="utf-8"))
    bodies = corpi.Bodies()
    schemas = {**_referred(declared["schemi"]), _VERIFICATA: _verificata(bodies)} | bodies.schemas()
    paths: dict[str, dict[str, Any]] = {}
    for name, one in declared["operazioni"].items():
        paths.setdefault(one["percorso"], {})[one["metodo"]] = _operation(name, one)
    return {
        "openapi": "3.1.0",
        "info": {"title": "GovPay - API Ente", "version": "1", "description": _TESTO},
        "servers": [{"url": "https://applicazione.ente.example", "description": "servizioIntegrazione.url"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(path.split("/")[1] for path in paths)],
        "paths": paths,
        "components": {"schemas": dict(sorted(schemas.items()))},
    }


def _verificata(bodies: corpi.Bodies) -> dict[str, Any]:
    """Give what is read of a pendenza that may be paid; of another only its stato, and the words for the payer."""
    content = bodies.of(Read(body=Body(PendenzaPostBody)), {}) or {}
    name = content[JSON]["schema"]["$ref"].removeprefix(_REF)
    whole = bodies.schemas().pop(name)
    own = {
        "stato": {"type": "string", "enum": [one.value for one in StatoVerificato]},
        "descrizioneStato": {"type": "string", "description": "Che cosa dire a chi voleva pagare"},
    }
    needed = set(whole["required"])
    return {
        "type": "object",
        "description": "Chi non è NON_ESEGUITA basta che lo dica: il resto è di quella che si può pagare",
        "required": ["stato"],
        "properties": {**own, **whole["properties"]},
        "if": {"properties": {"stato": {"const": StatoVerificato.NON_ESEGUITA.value}}},
        "then": {"required": sorted(needed)},
    }


def _operation(name: str, one: Mapping[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "operationId": name,
        "summary": one["sommario"],
        "description": " ".join(one["testo"].split()),
        "tags": [one["percorso"].split("/")[1]],
        "parameters": list(_params(one)),
    }
    if "corpo" in one:
        entry["requestBody"] = {"required": True, "content": {JSON: {"schema": {"$ref": _REF + one["corpo"]}}}}
    if one.get("verificata"):
        done: dict[str, Any] = {"201": {"description": "La pendenza (anche 200)", "content": _content(_VERIFICATA)}}
        done["404"] = {"description": "L'applicazione non la conosce"}
    else:
        done = {
            "201": {"description": "Notifica acquisita (anche 200)"},
            "404": {"description": "Non acquisita: sarà ripetuta"},
        }
    entry["responses"] = done | {
        "401": {"description": "Credenziali di GovPay errate"},
        "500": {"description": "Errore: GovPay riprova una notifica, e non fa pagare"},
    }
    return entry


def _content(schema: str) -> dict[str, Any]:
    return {JSON: {"schema": {"$ref": _REF + schema}}}


def _params(one: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    text = {"type": "string"}
    for name in _PARAM.findall(one["percorso"]):
        yield {"name": name, "in": "path", "required": True, "schema": text}
    for name, words in one.get("query", {}).items():
        yield {"name": name, "in": "query", "description": words, "schema": text}
    words = "Identificativo della chiamata, lo stesso del giornale degli eventi"
    yield {"name": ID_TRANSAZIONE, "in": "header", "description": words, "schema": text}
