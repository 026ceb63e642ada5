"""govpay what-if: what we would answer to the Nodo for a notice now, and why."""

import argparse
from dataclasses import asdict
from datetime import UTC, datetime

from govpay.esiti import DA_GUARDARE, OK
from govpay.terminale_tipo import Terminale

AIUTO = "che cosa risponderemmo ora al Nodo per un avviso, regola per regola, senza scrivere nulla"
_STILI = {"SUPERATA": "OK", "RIFIUTO": "KO", "DA_CHIEDERE": "AVVISO"}


def argomenti(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("numero_avviso", metavar="NAV", help="il numero avviso, diciotto cifre")
    parser.add_argument("--dominio", metavar="CF", help="l'ente, se l'avviso non basta a dirlo")
    parser.add_argument(
        "--stazione", metavar="ID", help="la stazione a cui il Nodo si rivolge (predefinita: del dominio)"
    )
    parser.add_argument("--intermediario", metavar="ID", help="l'intermediario (predefinito: della stazione)")
    parser.add_argument(
        "--chiedi-ente", action="store_true", help="interpella davvero il gestionale, dove il Nodo lo farebbe fare"
    )


def esegui(opzioni: argparse.Namespace, terminale: Terminale) -> int:
    """Say it; 1 where the answer is not yes."""
    from chalicelib.nodo.prova import what_if
    from chalicelib.notifiche.ente import EnteClient

    risposta = what_if(
        opzioni.numero_avviso,
        now=datetime.now(UTC),
        id_dominio=opzioni.dominio,
        id_intermediario=opzioni.intermediario,
        id_stazione=opzioni.stazione,
        # Without a recorder: what an operator tries is no exchange of the giornale.
        verifica=EnteClient() if opzioni.chiedi_ente else None,
    )
    dove = f"dominio {risposta.id_dominio}, stazione {risposta.id_stazione}, intermediario {risposta.id_intermediario}"
    terminale.riga(f"Avviso {risposta.numero_avviso}: {dove}")
    for titolo, verdetti in (("Regola", risposta.regole), ("Primitiva", risposta.primitive)):
        terminale.riga()
        terminale.tabella(
            (titolo, "Verdetto", "Codice", "Perché"),
            [(v.regola, v.esito.value, v.codice or "", v.dettaglio) for v in verdetti],
            stili=[_stile(v.esito.value) for v in verdetti],
        )
    terminale.dati({**asdict(risposta), "codice": risposta.codice})
    is_good = risposta.codice is None and not risposta.chiederebbe_ente
    return OK if is_good else DA_GUARDARE


def _stile(esito: str) -> str:
    from govpay.terminale import STILI

    return STILI.get(_STILI.get(esito, ""), "dim")
