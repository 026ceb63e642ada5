"""Exchanges as the edges hand them over: a paGetPayment of the comune's notice, valid by default."""

from dataclasses import replace
from typing import Any

from chalicelib.kernel.exchange import About, Componente, Esito, Exchange, Message, Ruolo
from tests.clock import NOW

DOMINIO, ALTRO_DOMINIO, IUV = "80012000826", "80012000827", "01000000000000112"
CITTADINO = "RSSMRA80A01H501U"
RICHIESTA = f"<paGetPayment><debtor>{CITTADINO}</debtor></paGetPayment>".encode()
RISPOSTA = b"<paGetPaymentRes><outcome>OK</outcome></paGetPaymentRes>"


def an_exchange(**other: Any) -> Exchange:
    about = About(id_dominio=DOMINIO, iuv=IUV, ccp="C-1", id_a2a="A2A-COMUNE", id_pendenza="P-1")
    exchange = Exchange(
        componente=Componente.API_PAGOPA,
        ruolo=Ruolo.SERVER,
        tipo_evento="paGetPayment",
        esito=Esito.OK,
        data=NOW,
        durata_ms=120,
        id_transazione="11111111-2222-3333-4444-555555555555",
        sottotipo_esito="200",
        principal="pagopa",
        about=about,
        dati_pagopa={"idStazione": "12345678901_02"},
        richiesta=Message(
            metodo="POST", url="paGetPayment", headers={"soapaction": '"paGetPayment"'}, payload=RICHIESTA
        ),
        risposta=Message(stato=200, headers={"Content-Type": "text/xml"}, payload=RISPOSTA),
    )
    changed_about = {name: other.pop(name) for name in list(other) if name in About.__slots__}
    return replace(exchange, about=replace(about, **changed_about), **other)
