"""govpay cronistoria: what happened to an IUV, what is missing, what comes next."""

import argparse
from typing import Any

from govpay.esiti import OK, Fermato
from govpay.terminale_tipo import Terminale

AIUTO = "racconta un pagamento: che cosa è successo, che cosa manca, che cosa succederà"
_MAX_DOMINI = 500


def argomenti(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("iuv", metavar="IUV", help="lo IUV, o il numero avviso")
    parser.add_argument("--dominio", metavar="ID", help="il dominio; senza, è cercato fra quelli censiti")


def esegui(opzioni: argparse.Namespace, terminale: Terminale) -> int:
    from govpay.testo import righe

    found = _cronistoria(opzioni.iuv, opzioni.dominio)
    terminale.dati(found)
    for testo, stile in righe(found):
        terminale.riga(testo, stile)
    return OK


def _cronistoria(iuv: str, id_dominio: str | None) -> dict[str, Any]:
    from datetime import UTC, datetime

    from chalicelib.cronistoria import queries, schemas
    from chalicelib.kernel.utenze import TUTTI
    from chalicelib.rest import json_text

    id_dominio = id_dominio or _dominio_of(iuv)
    found = queries.cronistoria(id_dominio=id_dominio, iuv=iuv, domini=TUTTI, now=datetime.now(UTC))
    body: dict[str, Any] = json_text.read(json_text.write(schemas.cronistoria_json(found)).encode())
    return body


def _dominio_of(iuv: str) -> str:
    from chalicelib.anagrafica import queries as anagrafica
    from chalicelib.cronistoria import queries

    domini = [dominio.id_dominio for dominio in anagrafica.domini()]
    if len(domini) == 1:
        return domini[0]
    found = queries.domini_con(iuv, domini[:_MAX_DOMINI])
    if len(found) == 1:
        return found[0]
    which = f"è di più domini ({', '.join(found)})" if found else "non è di una pendenza in archivio"
    raise Fermato(f"Lo IUV {iuv} {which}: indicare --dominio.")
