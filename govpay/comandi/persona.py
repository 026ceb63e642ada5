"""govpay persona: what is kept of a citizen, given out or made anonymous."""

import argparse
import zipfile
from dataclasses import asdict
from pathlib import Path

from govpay.esiti import DA_GUARDARE, OK, Fermato
from govpay.terminale_tipo import Terminale

AIUTO = "i dati personali di un cittadino: esportarli, o renderli anonimi"


def _codice(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("codice", metavar="CF", help="il codice fiscale")


def _export(parser: argparse.ArgumentParser) -> None:
    _codice(parser)
    parser.add_argument("--zip", type=Path, metavar="FILE", help="uno zip nuovo, con i documenti e gli oggetti")


AZIONI = {
    "export": ("tutto ciò che è conservato di un cittadino, in JSON o in uno zip", _export),
    "erase": ("rende anonimo un cittadino in tutto ciò che è concluso, a conti invariati", _codice),
}


def esegui(opzioni: argparse.Namespace, terminale: Terminale) -> int:
    from chalicelib.kernel.identifiers import is_codice_fiscale_persona

    codice = str(opzioni.codice).upper()
    if not is_codice_fiscale_persona(codice):
        raise Fermato("Il codice fiscale non è di una persona, o ha il carattere di controllo errato.")
    return _esporta(codice, opzioni.zip, terminale) if opzioni.azione == "export" else _cancella(codice, terminale)


def _esporta(codice: str, file: Path | None, terminale: Terminale) -> int:
    from chalicelib.aws import documents
    from chalicelib.aws.documents import Bucket
    from chalicelib.rest import json_text
    from govpay.persona import export

    found = export(codice)
    if file is None:
        terminale.riga(json_text.write(found))
        terminale.dati(found)
        return OK
    try:
        with file.open("xb") as out, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            file.chmod(0o600)
            archive.writestr("dati.json", json_text.write(found))
            for one in found["oggetti"]:
                body = documents.get(Bucket(one["bucket"]), one["chiave"])
                archive.writestr(f"{one['bucket']}/{one['chiave']}", body or b"")
    except FileExistsError:
        raise Fermato(f"{file} esiste già: indicare un altro file.") from None
    terminale.riga(f"Scritto {file}: contiene dati personali, va consegnato all'interessato e poi cancellato.")
    terminale.dati({"file": str(file), "oggetti": len(found["oggetti"])})
    return OK


def _cancella(codice: str, terminale: Terminale) -> int:
    from govpay.persona import erase

    terminale.conferma(
        "I dati del cittadino diventano anonimi, e non si torna indietro. Restano le ricevute originali, i tracciati "
        "e i giornali di cassa, che la legge chiede di conservare (docs/sicurezza.md)."
    )
    esito = erase(codice)
    terminale.riga(f"Rese anonime {esito.pendenze} pendenze: {esito.elementi} elementi, {esito.oggetti} oggetti tolti.")
    if esito.trattenute:
        terminale.riga(
            f"{esito.trattenute} pendenze restano: sono da pagare, o si attende una notifica, un promemoria o la RT di un tentativo. Ripetere quando sono concluse.",
            "yellow",
        )
    terminale.dati(asdict(esito))
    return DA_GUARDARE if esito.trattenute else OK
