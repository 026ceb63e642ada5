"""`govpay what-if`: what we would answer to the Nodo for a notice now, and why; nothing is written.

Rules come in the order of pagoPA (PROTOCOLS 3.1 of our notes; SANP 3.x): destination, position, and what each primitive
can carry. For classic calls, which name a IUV, the notice is the one its stazione would write.
"""

import time
from dataclasses import dataclass
from datetime import datetime

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.kernel.iuv import NumeroAvvisoNonValido, parse_numero_avviso
from chalicelib.kernel.refusals import Invalid, Refusal
from chalicelib.nodo.contesto import (
    Contesto,
    DominioErrato,
    IntermediarioErrato,
    StazioneErrata,
    require_destination,
)
from chalicelib.pagamenti import repository
from chalicelib.pagamenti.model import Formato
from chalicelib.pagamenti.operations import PagamentoSconosciuto
from chalicelib.pagamenti.ports import Verifica
from chalicelib.pagamenti.prova import Esito, Prova, Verdetto, try_position
from chalicelib.pagamenti.rules.attivazione import require_carried_by
from chalicelib.pendenze.model import Pendenza

__all__ = ["DominioDaIndicare", "Esito", "Risposta", "Verdetto", "what_if"]

# What each primitive needs of the position; paVerifyPaymentNotice carries anything.
_PRIMITIVE: dict[str, Formato | None] = {
    "paVerifyPaymentNotice": None,
    "paGetPayment": Formato.V1,
    "paGetPaymentV2": Formato.V2,
    "paaVerificaRPT": Formato.RPT,
    "paaAttivaRPT": Formato.RPT,
}


class DominioDaIndicare(Invalid):
    """The notice may be of several enti, or of none: the operator must say which is meant."""

    codice = "400000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Risposta:
    """The verdict of each rule in its order, then what each primitive would answer: `regola` is its name."""

    id_dominio: str
    numero_avviso: str
    id_intermediario: str
    id_stazione: str
    regole: tuple[Verdetto, ...]
    primitive: tuple[Verdetto, ...]
    chiederebbe_ente: bool

    @property
    def codice(self) -> str | None:
        """Give the PAA_ code that refuses the notice whatever the primitive is."""
        return next((verdetto.codice for verdetto in self.regole if verdetto.codice), None)


def what_if(
    numero_avviso: str,
    *,
    now: datetime,
    id_dominio: str | None = None,
    id_intermediario: str | None = None,
    id_stazione: str | None = None,
    verifica: Verifica | None = None,
) -> Risposta:
    """Say what would be answered. Without `verifica` the ente is not asked; destination defaults to the dominio's own.

    Reads one partition, and those of each ente of ours where no dominio is given.

    :raises DominioDaIndicare: if no dominio is given, and not exactly one may have the notice
    """
    dominio = id_dominio or _dominio_of(numero_avviso)
    stazione, intermediario = _destination(dominio, id_stazione, id_intermediario)
    prova = Prova(id_dominio=dominio, numero_avviso=numero_avviso, now=now, verifica=verifica)
    _try_destination(prova, stazione, intermediario)
    prova.apply("numero avviso", lambda: _codifica(numero_avviso))
    try_position(prova)
    return Risposta(
        id_dominio=dominio,
        numero_avviso=numero_avviso,
        id_intermediario=intermediario,
        id_stazione=stazione,
        regole=tuple(prova.verdetti),
        primitive=tuple(_answer_of(name, formato, prova) for name, formato in _PRIMITIVE.items()),
        chiederebbe_ente=prova.is_open,
    )


def _dominio_of(numero_avviso: str) -> str:
    """Find the one ente that has the notice, or that alone may have it."""
    enti = [dominio.id_dominio for dominio in anagrafica.domini()]
    try:
        parsed = parse_numero_avviso(numero_avviso)
    except NumeroAvvisoNonValido:
        words = f"Il numero avviso {numero_avviso[:35]!r} non è di diciotto cifre che iniziano con 0, 1, 2 o 3."
        raise DominioDaIndicare(words) from None
    stored = repository.posizioni_of((ente, parsed.iuv) for ente in enti)
    having = [ente for (ente, _), p in stored.items() if p.numero_avviso in {None, numero_avviso}]
    found = having or [ente for ente in enti if anagrafica.applicazione_by_iuv(ente, parsed.iuv) is not None]
    if len(found) != 1:
        which = f"può essere di {', '.join(found)}" if found else "non è di nessun dominio censito"
        raise DominioDaIndicare(f"L'avviso {numero_avviso} {which}: indicare --dominio.")
    return found[0]


def _destination(id_dominio: str, id_stazione: str | None, id_intermediario: str | None) -> tuple[str, str]:
    completo = anagrafica.dominio(id_dominio)
    stazione = id_stazione or (None if completo is None else completo.dominio.id_stazione) or ""
    known = anagrafica.stazione(stazione)
    return stazione, id_intermediario or (known.id_intermediario if known is not None else "")


def _try_destination(prova: Prova, id_stazione: str, id_intermediario: str) -> None:
    """Apply the checks of the destination, each as a rule of its own, as the Nodo of that intermediario calls."""
    known = anagrafica.intermediario(id_intermediario)
    contesto = Contesto(
        principal="" if known is None else known.principal_pagopa,
        id_transazione="",
        now=prova.now,
        started=time.monotonic(),
        body=b"",
    )
    refusal: Refusal | None = None
    try:
        require_destination(
            contesto, id_intermediario=id_intermediario, id_stazione=id_stazione, id_dominio=prova.id_dominio
        )
    except (IntermediarioErrato, StazioneErrata, DominioErrato) as refused:
        refusal = refused
    for regola, kind, value in (
        ("intermediario", IntermediarioErrato, id_intermediario),
        ("stazione", StazioneErrata, id_stazione),
        ("dominio", DominioErrato, prova.id_dominio),
    ):
        prova.apply(regola, lambda kind=kind, value=value: _spoken(refusal, kind, value))  # type: ignore[misc]


def _spoken(refusal: Refusal | None, kind: type[Refusal], value: str) -> str:
    if refusal is not None and isinstance(refusal, kind):
        raise refusal
    return f"{value} è censito e abilitato."


def _codifica(numero_avviso: str) -> str:
    try:
        parsed = parse_numero_avviso(numero_avviso)
    except NumeroAvvisoNonValido:
        raise PagamentoSconosciuto(f"Il numero avviso {numero_avviso[:35]} non è di una codifica prevista.") from None
    check = "corrette" if parsed.has_right_check_digits else "diverse da quelle dello standard (non sono verificate)"
    return f"Aux digit {parsed.aux}, iuv {parsed.iuv}; cifre di controllo {check}."


def _answer_of(name: str, formato: Formato | None, prova: Prova) -> Verdetto:
    refused = next((verdetto for verdetto in prova.verdetti if verdetto.codice), None)
    if refused is not None:
        return Verdetto(regola=name, esito=Esito.RIFIUTO, codice=refused.codice, dettaglio=refused.dettaglio)
    if prova.is_open:
        return Verdetto(regola=name, esito=Esito.DA_CHIEDERE, dettaglio="Dipende da quanto risponde il gestionale.")
    if prova.pendenza is None:
        raise AssertionError
    return _carried(name, formato, prova.pendenza)


def _carried(name: str, formato: Formato | None, pendenza: Pendenza) -> Verdetto:
    try:
        if formato is not None:
            require_carried_by(formato, pendenza)
    except Refusal as refusal:
        code: str | None = getattr(refusal, "codice_pagopa", None)
        return Verdetto(regola=name, esito=Esito.RIFIUTO, codice=code, dettaglio=refusal.dettaglio)
    return Verdetto(regola=name, esito=Esito.SUPERATA, dettaglio=f"OK, {pendenza.importo.italian()} euro.")
