"""govpay verify-ente: whether a gestionale keeps the contract API Ente v1."""

import argparse
import base64
import json
import os
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from govpay.esiti import DA_GUARDARE, OK, Fermato
from govpay.terminale_tipo import Terminale

if TYPE_CHECKING:
    from chalicelib.notifiche.conformita.model import Incarico

AIUTO = "prova se il servizio di un gestionale rispetta il contratto API Ente (verifica e notifica)"
SENZA_AWS = True
_PASSWORD, _UTENTE = "ENTE_PASSWORD", "ENTE_UTENTE"
_STATI = ("NON_ESEGUITA", "ANNULLATA", "SCADUTA", "DUPLICATA", "AGGIORNATA")
_LOCALI = frozenset({"localhost", "127.0.0.1", "::1"})


def argomenti(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", metavar="URL", help="l'indirizzo di base, quello di servizioIntegrazione.url")
    parser.add_argument("--dominio", required=True, metavar="CF", help="l'ente")
    parser.add_argument("--a2a", required=True, metavar="ID", help="l'applicazione")
    parser.add_argument(
        "--esempi",
        required=True,
        type=Path,
        metavar="FILE",
        help='le pendenze preparate nel gestionale: {"NON_ESEGUITA": {"iuv": "…", "idPendenza": "…"}, '
        '"ANNULLATA": {…}, "SCADUTA": {…}, "DUPLICATA": {…}, "AGGIORNATA": {…, "importo": "60.00"}}',
    )
    parser.add_argument(
        "--utente", metavar="NOME", help=f"l'utenza Basic (predefinita {_UTENTE}); password: {_PASSWORD}"
    )
    parser.add_argument("--senza-notifiche", action="store_true", help="prova soltanto la verifica")


def esegui(opzioni: argparse.Namespace, terminale: Terminale) -> int:
    """Run the cases; 1 where one is not kept."""
    from chalicelib.notifiche.conformita.esecuzione import casi
    from chalicelib.notifiche.conformita.esecuzione import esegui as run
    from chalicelib.notifiche.conformita.model import Esito

    incarico = _incarico(opzioni)
    _require_prova(incarico.url, terminale, notifiche=incarico.notifiche)
    with terminale.avanzamento("casi", len(casi())) as avanza:
        referti = list(run(incarico, after=avanza))
    stili = {Esito.CONFORME: "green", Esito.NON_CONFORME: "red", Esito.SALTATO: "dim"}
    terminale.tabella(
        ("Caso", "Esito", "ms", "Regola", "Che cosa non va"),
        [(r.nome, r.esito.value, str(r.millisecondi), r.regola, r.motivo) for r in referti],
        stili=[stili[r.esito] for r in referti],
    )
    conto = Counter(referto.esito for referto in referti)
    terminale.riga()
    terminale.riga(", ".join(f"{esito.value}: {conto[esito]}" for esito in Esito))
    terminale.dati(
        {"url": incarico.url, "casi": [asdict(r) for r in referti], "conto": {e.value: conto[e] for e in Esito}}
    )
    return DA_GUARDARE if conto[Esito.NON_CONFORME] else OK


def _require_prova(url: str, terminale: Terminale, *, notifiche: bool) -> None:
    """Ask, unless it is on this machine: a gestionale in service must not be told of payments that nobody made."""
    host = urlsplit(url).hostname or ""
    if host in _LOCALI:
        return
    cosa = "domande di verifica e notifiche di pagamenti mai avvenuti" if notifiche else "domande di verifica"
    terminale.conferma(f"A {host} si inviano {cosa}: deve essere un ambiente di prova, mai quello in esercizio.")


def _incarico(opzioni: argparse.Namespace) -> "Incarico":
    from chalicelib.notifiche.conformita.model import Esempio, Incarico

    if urlsplit(opzioni.url).scheme not in {"http", "https"}:
        raise Fermato("URL: un indirizzo http o https.")
    utente, password = opzioni.utente or os.environ.get(_UTENTE), os.environ.get(_PASSWORD)
    if utente and password is None:
        raise Fermato(f"La password di {utente} si dà nella variabile {_PASSWORD}, mai sulla riga di comando.")
    basic = base64.b64encode(f"{utente}:{password}".encode()).decode()
    return Incarico(
        url=opzioni.url,
        id_dominio=opzioni.dominio,
        id_a2a=opzioni.a2a,
        headers={"Authorization": f"Basic {basic}"} if utente else {},
        stati={
            stato: Esempio(iuv=dati.get("iuv"), id_pendenza=dati.get("idPendenza"), importo=dati.get("importo"))
            for stato, dati in _esempi(opzioni.esempi).items()
        },
        notifiche=not opzioni.senza_notifiche,
    )


def _esempi(file: Path) -> dict[str, dict[str, Any]]:
    try:
        dati = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Fermato(f"--esempi: {file} non si legge come JSON.") from error
    if not isinstance(dati, dict) or set(dati) - set(_STATI) or not all(isinstance(v, dict) for v in dati.values()):
        raise Fermato(f"--esempi: un oggetto con {', '.join(_STATI)}.")
    if "NON_ESEGUITA" not in dati:
        raise Fermato("--esempi: almeno una pendenza NON_ESEGUITA.")
    return dati
