"""Sessione ↔ items; written by conditions, together with its attempts."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from chalicelib.aws.codec import decode, encode
from chalicelib.aws.transactions import ABSENT, Condition, Write, version_is
from chalicelib.pagamenti.repository import partition_of
from chalicelib.pagamenti.sessioni.model import Idempotenza, Prenotazione, Sessione, Tentativo
from chalicelib.pagamenti.sessioni.tables import PagamentoItem
from chalicelib.pendenze import repository as pendenze
from chalicelib.pendenze.tables import TransazioneItem

SESSIONE, IDEMPOTENZA, BLOCCO = "pagamento", "idempotenza", "blocco"  # the names of the writes
NESSUNO = "-"  # the applicazione of a payment that nobody was authenticated for
DA_VERIFICARE = "S"
ID_A2A, ID_PENDENZA, IUV, TIPO = "idA2A", "idPendenza", "iuv", "tipo"  # what `riferimenti` tells of an attempt
_BATCH = 100  # DynamoDB's own limit of a BatchGetItem
_MAX_ID = 64
_DOMINIO = "dominio#"
# What goes with the session is guarded by the version of the session.
_ANY = Condition("attribute_exists(pk) OR attribute_not_exists(pk)")


def get(id_pagamento: str) -> Sessione | None:
    """Give a session as last written, None where there is none."""
    if not id_pagamento or len(id_pagamento) > _MAX_ID or "#" in id_pagamento:
        return None
    try:
        item = PagamentoItem.get(id_pagamento, consistent_read=True)
    except PagamentoItem.DoesNotExist:
        return None
    return _decode(item)


def get_many(ids: Iterable[str]) -> list[Sessione]:
    """Give the sessions of these ids, in their order; what is not there is left out."""
    wanted = list(dict.fromkeys(ids))
    found: dict[str, Sessione] = {}
    for start in range(0, len(wanted), _BATCH):
        for item in PagamentoItem.batch_get(wanted[start : start + _BATCH]):
            found[item.pk] = _decode(item)
    return [found[key] for key in wanted if key in found]


def id_by_session(id_session: str) -> str | None:
    """Give the id of the session that came back; the index follows a write within a moment."""
    if not id_session or len(id_session) > _MAX_ID * 2:
        return None
    return next((str(item.pk) for item in PagamentoItem.per_sessione.query(id_session, limit=1)), None)


def due(*, now: datetime, most: int) -> list[str]:
    """Give the ids of open sessions that pagoPA should be asked about by now, those that waited longest first."""
    until = pendenze.caricata_key(now) + "\U0010ffff"
    found = PagamentoItem.da_verificare_index.query(DA_VERIFICARE, PagamentoItem.prossima <= until, limit=most)
    return [str(item.pk) for item in found]


def _decode(item: PagamentoItem) -> Sessione:
    return decode(Sessione, item.documento or "")


def writes(before: Sessione | None, after: Sessione) -> list[Write]:
    """Give the writes that put `after` in the place of what was read; the version stored is one more.

    One, but for a cart of several enti: under the second and further ones it is listed by an item of its own, which is
    written again whenever what lists filter by has changed.
    """
    is_listed = before is not None and _listed(before) == _listed(after)
    return [write(before, after), *(() if is_listed else _listed_writes(after))]


def _listed(sessione: Sessione) -> dict[str, Any]:
    """Give what lists filter by."""
    versante = None if sessione.versante is None else sessione.versante.identificativo
    return {
        "stato": sessione.stato,
        "id_a2a": sessione.id_a2a,
        "id_sessione_portale": sessione.id_sessione_portale,
        "verificato": str(sessione.verificato).lower(),
        "debitori": barred(pendenze.debitore_key(tentativo.debitore) for tentativo in sessione.tentativi),
        "domini": barred(_domini_of(sessione)),
        "riferimenti": barred(one for tentativo in sessione.tentativi for one in _riferimenti(tentativo)),
        "versante": pendenze.debitore_key(versante) if versante and not sessione.anonima else None,
        "creata": pendenze.caricata_key(sessione.creata, sessione.id),
    }


def _domini_of(sessione: Sessione) -> list[str]:
    return list(dict.fromkeys(tentativo.id_dominio for tentativo in sessione.tentativi))


def _listed_writes(sessione: Sessione) -> list[Write]:
    """Give what lists the session under its second and further domini; its own version guards them."""
    domini, anno = _domini_of(sessione), pendenze.year_of(sessione.creata)
    return [
        Write(
            item=PagamentoItem(
                pk=f"{_DOMINIO}{sessione.id}#{id_dominio}",
                versione=sessione.versione + 1,
                dominio_anno=f"{id_dominio}#{anno}",
                precedenti=barred(domini[:place]),
                # By its payer it is listed once, by the session itself.
                **{**_listed(sessione), "versante": None},
            ),
            condition=_ANY,
            name=f"{SESSIONE} {id_dominio}",
        )
        for place, id_dominio in enumerate(domini)
        if place
    ]


def listed_under(item: PagamentoItem) -> list[PagamentoItem]:
    """Give the items that list a session, of which `item` is the stored one, under its second and further domini."""
    further = [f"{_DOMINIO}{item.pk}#{one}" for one in (item.domini or "").strip("|").split("|")[1:]]
    return list(PagamentoItem.batch_get(further, consistent_read=True)) if further else []


def id_of(item: PagamentoItem) -> str:
    """Give the id of the session that an item of the index per-dominio lists."""
    return item.pk.removeprefix(_DOMINIO).partition("#")[0]


def write(before: Sessione | None, after: Sessione) -> Write:
    """Give the write of the session alone: see `writes`."""
    versione = 0 if before is None else before.versione
    stored = replace(after, versione=versione).next_version()
    return Write(item=_item(stored), condition=_condition(versione), name=SESSIONE)


def _condition(versione: int) -> Condition:
    return version_is(versione) if versione else ABSENT


def _item(sessione: Sessione) -> PagamentoItem:
    anno = pendenze.year_of(sessione.creata)
    return PagamentoItem(
        pk=sessione.id,
        versione=sessione.versione,
        documento=encode(sessione),
        id_session=sessione.id_session,
        applicazione_anno=f"{sessione.id_a2a or NESSUNO}#{anno}",
        dominio_anno=f"{sessione.tentativi[0].id_dominio}#{anno}",
        da_verificare=DA_VERIFICARE if sessione.prossima_verifica is not None else None,
        prossima=None
        if sessione.prossima_verifica is None
        else pendenze.caricata_key(sessione.prossima_verifica, sessione.id),
        **_listed(sessione),
    )


def _riferimenti(tentativo: Tentativo) -> tuple[str, ...]:
    return (
        riferimento(ID_A2A, tentativo.id_a2a),
        riferimento(ID_PENDENZA, tentativo.id_pendenza),
        riferimento(IUV, tentativo.iuv),
        riferimento(TIPO, tentativo.id_tipo_pendenza),
    )


def riferimento(name: str, value: str) -> str:
    """Give what a filter looks for among the `riferimenti` of a session, by one of the names above."""
    return f"{name}:{value}"


def barred(values: Iterable[str]) -> str:
    return "|" + "".join(f"{value}|" for value in dict.fromkeys(values))


def prenotazione(idempotenza: Idempotenza) -> Prenotazione | None:
    """Give which session a repeated request belongs to, as last written."""
    try:
        item = PagamentoItem.get(_key_of(idempotenza.chiave), consistent_read=True)
    except PagamentoItem.DoesNotExist:
        return None
    return decode(Prenotazione, item.documento or "")


def prenotazione_write(
    before: Prenotazione | None, idempotenza: Idempotenza, id_pagamento: str, *, scade: datetime
) -> Write:
    """Give the write that keeps a key for a session, in the place of what was read."""
    versione = 0 if before is None else before.versione
    stored = Prenotazione(
        chiave=idempotenza.chiave, impronta=idempotenza.impronta, id=id_pagamento, scade=scade, versione=versione + 1
    )
    item = PagamentoItem(
        pk=_key_of(idempotenza.chiave),
        versione=stored.versione,
        documento=encode(stored),
        scade=int(scade.timestamp()),
    )
    return Write(item=item, condition=_condition(versione), name=IDEMPOTENZA)


def _key_of(chiave: str) -> str:
    return f"{IDEMPOTENZA}#{chiave}"


def blocco_write(id_dominio: str, iuv: str, numero: int, sessione: Sessione) -> Write:
    """Give the write that makes two sessions on one position take turns: the nth session's place can be had once.

    `numero` is how many sessions tried to pay it before, as they were read. Who loses reads again, and finds the
    attempt of who was first.
    """
    item = TransazioneItem(
        pk=partition_of(id_dominio, iuv),
        sk=f"{BLOCCO}#{numero:06d}",
        versione=1,
        documento=f'{{"id":"{sessione.id}"}}',
    )
    return Write(item=item, condition=ABSENT, name=BLOCCO)
