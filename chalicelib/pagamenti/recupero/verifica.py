"""One attempt is settled: what pagoPA knows of it, and the end of what nobody pays any more.

An attempt is taken by a conditional write that says when it is asked about next, and only then is pagoPA asked: of two
messages one asks, and a process that dies costs one wait. So is the session of a portal (`sessione`).
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from chalicelib.aws.transactions import Write, WriteConflict, commit
from chalicelib.giornale import operations as giornale
from chalicelib.kernel.exchange import About, Categoria, Componente, Esito, Exchange, Ruolo
from chalicelib.kernel.ids import new_uuid
from chalicelib.pagamenti import repository
from chalicelib.pagamenti.model import DaNotificare, Formato, Rpp, Transazione
from chalicelib.pagamenti.ports import Ports
from chalicelib.pagamenti.recupero import rules
from chalicelib.pagamenti.recupero.model import EsitoCopia, EsitoStato, Mossa, RispostaStato
from chalicelib.pagamenti.sessioni import repository as sessioni
from chalicelib.pagamenti.sessioni import sequel
from chalicelib.pagamenti.sessioni.model import Sessione
from chalicelib.pagamenti.sessioni.states import StatoSessione
from chalicelib.pagamenti.states import CON_RT, VERIFICABILI, StatoRpp
from chalicelib.pendenze.states import PAGATI
from chalicelib.rest import log

EVENTO = "recuperoPagamento"
MAX_CONFLICTS = 5
Chiave = tuple[str, str, str]
_Decide = Callable[[Rpp, Sessione | None, Transazione], Mossa]


def settle_rpp(*, id_dominio: str, iuv: str, ccp: str, now: datetime) -> None:
    """Ask the Nodo what became of an attempt, if that is due. A repeated message does nothing.

    It is asked by nodoChiediStatoRPT, and by nodoChiediCopiaRT where it says that there is an RT.

    AWS calls: a Query and a write to take it; as many, with the outbox and its message, for what the answer changes.

    :raises WriteConflict: if others write it faster than we can, five times in a row
    """
    rpp = repository.load(id_dominio, iuv).rpp_of(ccp)
    if rpp is None or rpp.prossima_verifica is None or rpp.prossima_verifica > now:
        return
    try:
        commit(repository.rpp_writes(before=rpp, after=rules.taken(rpp, now=now)))
    except WriteConflict:
        return
    settle((id_dominio, iuv, ccp), now=now)


def settle(chiave: Chiave, *, now: datetime) -> str | None:
    """Bring one attempt as far as pagoPA knows it to be; give why its outcome is not known yet, None if it is."""
    found = _current(chiave)
    if found is None:
        return None
    rpp = found[0]
    if rpp.formato is not Formato.RPT:
        return _apply(chiave, lambda r, s, t: _of_checkout(r, s, t, now=now), now=now)
    risposta, motivo = _asked(rpp, now=now)
    if risposta is None:
        return None
    return _apply(chiave, lambda r, s, t: _of_nodo(r, s, t, risposta, motivo, now=now), now=now, risposta=risposta)


def _asked(rpp: Rpp, *, now: datetime) -> tuple[RispostaStato | None, str]:
    """Ask the Nodo; fetch the RT that it has. None where that RT has settled the attempt; else why it is open."""
    if rpp.stato is StatoRpp.RPT_ATTIVATA and not rpp.tentativi_invio and rpp.id_pagamento is None:
        # Its RPT never left us: a crash came between the activation and the message that sends it.
        words = "la RPT non è mai partita"
        return RispostaStato(esito=EsitoStato.SCONOSCIUTA, descrizione=words), words
    risposta = Ports.domande.stato(rpp, now=now)
    if risposta.stato not in CON_RT:
        return risposta, risposta.motivo
    copia = Ports.domande.copia_rt(rpp, now=now)
    if copia.esito is EsitoCopia.ACQUISITA:
        return None, ""
    return risposta, f"{risposta.motivo}; RT {copia.motivo}"


def _of_nodo(
    rpp: Rpp,
    sessione: Sessione | None,
    transazione: Transazione,
    risposta: RispostaStato,
    motivo: str,
    *,
    now: datetime,
) -> Mossa:
    if rpp.stato is StatoRpp.RPT_ANNULLATA and _would_be_annulled(rpp, sessione, transazione, risposta, now=now):
        return rules.still_annulled(rpp, sessione, risposta)
    mossa = rules.answered(rpp, risposta, now=now)
    if mossa.conclusa or mossa.rinvia:
        return mossa
    if _would_be_annulled(rpp, sessione, transazione, risposta, now=now):
        return rules.paid_elsewhere(mossa.rpp, sessione, now=now)
    return _or_end(mossa, sessione, motivo, now=now)


def _of_checkout(rpp: Rpp, sessione: Sessione | None, transazione: Transazione, *, now: datetime) -> Mossa:
    """Nobody can be asked at Checkout: the receipt comes, or a flow tells of it."""
    if sessione is None or now < sessione.creata + sequel.VITA_CARRELLO:
        return Mossa(rpp=rpp)
    if _is_paid_elsewhere(rpp, sessione, transazione, now=now):
        return rules.paid_elsewhere(rpp, sessione, now=now)
    if rules.limite(rpp, sessione) == 0:
        return rules.abandoned(rpp, sessione, now=now)
    return _or_end(Mossa(rpp=rpp), sessione, "La ricevuta non è arrivata", now=now)


def _would_be_annulled(
    rpp: Rpp, sessione: Sessione | None, transazione: Transazione, risposta: RispostaStato, *, now: datetime
) -> bool:
    return risposta.stato not in CON_RT and _is_paid_elsewhere(rpp, sessione, transazione, now=now)


def _is_paid_elsewhere(rpp: Rpp, sessione: Sessione | None, transazione: Transazione, *, now: datetime) -> bool:
    since = rpp.creata if sessione is None else sessione.creata
    if now < since + sequel.VITA_CARRELLO:
        return False
    pendenza = transazione.posizione
    if rpp.id_dominio_posizione is not None:
        # The second RPT of a pendenza in favour of two enti: the pendenza lies with the first.
        pendenza = repository.posizioni_of([(rpp.id_dominio_posizione, rpp.iuv)]).get(
            (rpp.id_dominio_posizione, rpp.iuv)
        )
    if pendenza is None or pendenza.stato not in PAGATI:
        return False
    return pendenza.pagamento is None or pendenza.pagamento.ccp != rpp.ccp


def _or_end(mossa: Mossa, sessione: Sessione | None, motivo: str, *, now: datetime) -> Mossa:
    """Say of an open attempt why it is, or give it up after its last question."""
    rpp = mossa.rpp
    tried = rpp.verifiche if sessione is None or rpp.prossima_verifica is not None else sessione.verifiche
    most = rules.limite(rpp, sessione)
    if tried >= most:
        return rules.gave_up(rules.ended(rpp, sessione, motivo, now=now), now=now)
    prossima = rpp.prossima_verifica or (None if sessione is None else sessione.prossima_verifica)
    if prossima is None:
        return mossa
    words = rules.words_of(motivo, verifiche=tried, limite=most, prossima=prossima)
    return replace(mossa, rpp=replace(rpp, descrizione_stato=words))


# -- what is stored of it


def _current(chiave: Chiave) -> tuple[Rpp, Sessione | None, Transazione] | None:
    """Read an attempt that may still be settled, with its session; None where a ricevuta was faster."""
    transazione = repository.load(chiave[0], chiave[1])
    rpp = transazione.rpp_of(chiave[2])
    if rpp is None or rpp.stato not in VERIFICABILI:
        return None
    sessione = None if rpp.id_pagamento is None else sessioni.get(rpp.id_pagamento)
    return rpp, sessione, transazione


def _apply(chiave: Chiave, decide: _Decide, *, now: datetime, risposta: RispostaStato | None = None) -> str | None:
    """Store what is decided of an attempt, with its session, the evento and the news: all or nothing."""
    told: set[str] = set()
    for _ in range(MAX_CONFLICTS):
        found = _current(chiave)
        if found is None:
            return None
        rpp, sessione, transazione = found
        mossa = decide(rpp, sessione, transazione)
        after = None if sessione is None else _followed(sessione, mossa, risposta, now=now)
        writes, outbox = _writes(rpp, mossa, sessione, after, told, now=now)
        try:
            if writes:
                commit([*writes, *outbox])
        except WriteConflict as conflict:
            # What the ente was told once, of an attempt that was restarted since, it is not told again.
            if all(name.startswith("notifica ") for name in conflict.names):
                told |= set(conflict.names)
            continue
        Ports.outbox.publish(outbox)
        _send_again(mossa)
        _log(mossa)
        is_known = mossa.conclusa or mossa.rpp.stato is StatoRpp.RPT_ANNULLATA
        return None if is_known else mossa.rpp.descrizione_stato or "esito non noto"
    raise WriteConflict([f"rpp {chiave[2]}"])


def _writes(
    rpp: Rpp, mossa: Mossa, sessione: Sessione | None, after: Sessione | None, told: set[str], *, now: datetime
) -> tuple[list[Write], list[Write]]:
    writes = [] if mossa.rpp == rpp else repository.rpp_writes(before=rpp, after=mossa.rpp)
    if after is not None and after != sessione:
        writes += sessioni.writes(sessione, after)
    if mossa.conclusa:
        writes.append(giornale.event_write(evento(mossa, now=now)))
    portale = None if after is None else after.riferimenti
    facts = [] if mossa.notifica is None else [DaNotificare(tipo=mossa.notifica, rpp=mossa.rpp, portale=portale)]
    return writes, [write for write in Ports.outbox.writes(facts, now=now) if write.name not in told]


def _followed(sessione: Sessione, mossa: Mossa, risposta: RispostaStato | None, *, now: datetime) -> Sessione:
    """Give the session after its attempt moved; of a cart that was taken after all, with where the payer goes."""
    taken = risposta is not None and risposta.redirect is not None and not mossa.conclusa
    if taken and risposta is not None and sessione.stato is StatoSessione.IN_INVIO:
        known = sequel.accepted(sessione, id_session=risposta.id_session, redirect=risposta.redirect or "", now=now)
        sessione = replace(known, prossima_verifica=sessione.prossima_verifica, verifiche=sessione.verifiche)
    after = sequel.with_attempts(sessione, [mossa.rpp], now=now)
    if after.stato is not sessione.stato and mossa.conclusa:
        return replace(after, descrizione_stato=mossa.rpp.descrizione_stato, in_invio_fino=None)
    return after


def _send_again(mossa: Mossa) -> None:
    """Have the very same RPT sent, by the one piece of code that sends RPTs."""
    if mossa.rinvia:
        from chalicelib.aws import queues

        rpp = mossa.rpp
        queues.send(queues.Queue.NODO_RPT, {"idDominio": rpp.id_dominio, "iuv": rpp.iuv, "ccp": rpp.ccp})


def evento(mossa: Mossa, *, now: datetime) -> Exchange:
    """Give the evento that tells how the recovery of an attempt ended."""
    rpp = mossa.rpp
    return Exchange(
        componente=Componente.API_PAGOPA,
        ruolo=Ruolo.CLIENT,
        categoria=Categoria.INTERNO,
        tipo_evento=EVENTO,
        esito=Esito.FAIL if mossa.resa else Esito.KO,
        data=now,
        durata_ms=0,
        id_transazione=new_uuid(),
        sottotipo_esito=rpp.stato.value,
        dettaglio_esito=rpp.descrizione_stato,
        about=About(
            id_dominio=rpp.id_dominio,
            iuv=rpp.iuv,
            ccp=rpp.ccp,
            id_a2a=rpp.id_a2a,
            id_pendenza=rpp.id_pendenza,
            id_pagamento=rpp.id_pagamento,
        ),
        dati_pagopa={"idDominio": rpp.id_dominio, "idStazione": rpp.id_stazione},
    )


def _log(mossa: Mossa) -> None:
    rpp = mossa.rpp
    write = log.warning if mossa.resa else log.info
    write("pagamento verificato", id_dominio=rpp.id_dominio, iuv=rpp.iuv, ccp=rpp.ccp, stato=rpp.stato.value)
