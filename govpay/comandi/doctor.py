"""govpay doctor: whether a configuration can work, before it is put in service and after."""

import argparse
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime

from govpay.esiti import DA_GUARDARE, OK
from govpay.terminale_tipo import Terminale

AIUTO = "controlla la configurazione: risorse, segreti, codici, conti, certificati, Nodo, gestionali, orologio, quote"
_PARTI = ("risorse", "segreti", "anagrafe", "certificati", "nodo", "enti", "orologio", "quote")


def argomenti(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--solo", action="append", choices=_PARTI, help="soltanto questa parte; si può ripetere")
    parser.add_argument("--tutto", action="store_true", help="mostra anche ciò che va bene")


def esegui(opzioni: argparse.Namespace, terminale: Terminale) -> int:
    """Look at each part; 1 where there is an error."""
    from chalicelib.anagrafica.coerenza import Gravita, Rilievo
    from govpay.visita import DI_AWS, PARTI

    now = datetime.now(UTC)
    scelte = opzioni.solo or [nome for nome in PARTI if not (opzioni.sandbox and nome in DI_AWS)]
    rilievi: list[Rilievo] = []
    with terminale.avanzamento("controlli", len(scelte)) as avanza:
        for numero, nome in enumerate(scelte, 1):
            rilievi += PARTI[nome](now)
            avanza(numero)
    stili = {Gravita.INFO: "green", Gravita.AVVISO: "yellow", Gravita.ERRORE: "red"}
    mostrati = [one for one in rilievi if opzioni.tutto or one.gravita is not Gravita.INFO]
    terminale.tabella(
        ("Gravità", "Controllo", "Oggetto", "Che cosa", "Che fare"),
        [(r.gravita.value, r.controllo, r.oggetto, r.problema, r.rimedio) for r in mostrati],
        stili=[stili[r.gravita] for r in mostrati],
    )
    conto = Counter(rilievo.gravita for rilievo in rilievi)
    terminale.riga(", ".join(f"{gravita.value}: {conto[gravita]}" for gravita in Gravita))
    terminale.dati({"rilievi": [asdict(r) for r in rilievi], "conto": {g.value: conto[g] for g in Gravita}})
    return DA_GUARDARE if conto[Gravita.ERRORE] else OK
