"""govpay persona: who paid for others a cart of two enti, and what the debtor was reminded of."""

import json
from dataclasses import replace

from chalicelib.aws.transactions import commit
from chalicelib.kernel.importo import Importo
from chalicelib.kernel.oblio import ANONIMO
from chalicelib.pagamenti.sessioni import repository as sessioni
from chalicelib.pagamenti.sessioni.model import Canale, Sessione, Tentativo
from chalicelib.pagamenti.sessioni.states import StatoSessione
from chalicelib.pagamenti.sessioni.tables import PagamentoItem
from chalicelib.pendenze import repository as pendenze
from chalicelib.pendenze.model import Soggetto
from chalicelib.pendenze.states import StatoPendenza
from chalicelib.promemoria import repository as promemoria
from chalicelib.promemoria import rules
from chalicelib.promemoria.model import Canale as CanalePromemoria
from chalicelib.promemoria.model import TipoPromemoria
from govpay import persona
from tests.builders_pagamenti import ALTRO_DOMINIO, DOMINIO, a_pendenza
from tests.clock import NOW

CF = "VRDLGI80A01H501Z"


def a_tentativo(id_dominio: str) -> Tentativo:
    return Tentativo(
        id_dominio=id_dominio,
        iuv="01000000000000112",
        ccp="c-1",
        id_a2a="A2A-COMUNE",
        id_pendenza=f"P-{id_dominio}",
        id_tipo_pendenza="TARI",
        importo=Importo.parse("1.00"),
        debitore="RSSMRA80A01H501U",
    )


def a_cart() -> None:
    sessione = Sessione(
        id="carrello-1",
        stato=StatoSessione.ESEGUITO,
        canale=Canale.CHECKOUT,
        creata=NOW,
        aggiornata=NOW,
        id_stazione="80012000826_01",
        nome="Pagamento",
        importo=Importo.parse("2.00"),
        tentativi=(a_tentativo(DOMINIO), a_tentativo(ALTRO_DOMINIO)),
        versante=Soggetto(tipo="F", identificativo=CF, anagrafica="Luigi Verdi", email="luigi@esempio.it"),
    )
    commit(sessioni.writes(None, sessione))


def stored() -> str:
    return json.dumps([item.to_dynamodb_dict() for item in PagamentoItem.scan()])


class TestACartOfTwoEnti:
    def test_is_given_out_under_both_and_leaves_nobody_under_either(self, aws):
        a_cart()

        found = persona.export(CF)["documenti"]["pagamenti"]
        persona.erase(CF)

        assert len(found) == 2
        assert not any(word in stored() for word in (CF, "Luigi", "Verdi", "luigi@"))
        assert ANONIMO in stored()
        assert persona.export(CF)["documenti"] == {}


class TestAPromemoria:
    def test_is_given_out_with_its_pendenza_and_not_with_that_of_another(self, aws):
        one = a_pendenza(stato=StatoPendenza.ESEGUITO)
        one = pendenze.save(None, replace(one, versione=0, caricata=NOW, aggiornata=NOW))
        for pendenza in (one, replace(one, id_pendenza=f"{one.id_pendenza}0")):
            promemoria.save(rules.planned(pendenza, TipoPromemoria.AVVISO, CanalePromemoria.MAIL, now=NOW))

        found = persona.export(one.soggetto_pagatore.identificativo)["documenti"]["promemoria"]

        assert len(found) == 1
