"""Several enti at the WISP: a cart over two of them, and a pendenza that two of them share, paid by two RPT as one."""

import base64
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest
from lxml import etree

from chalicelib.aws.transactions import WriteConflict
from chalicelib.kernel import clock
from chalicelib.nodo.carrello import _header, _request, _Via
from chalicelib.nodo.dispatch import write_message
from chalicelib.nodo.soap import read_envelope
from chalicelib.notifiche import operations as notifiche
from chalicelib.pagamenti import operations as pagamenti_operations
from chalicelib.pagamenti import repository as pagamenti
from chalicelib.pagamenti.model import ChiaveRiscossione, TipoRiscossione
from chalicelib.pagamenti.rules.ricevuta import RtDuplicata
from chalicelib.pagamenti.rules.riscossioni import Anomalia
from chalicelib.pagamenti.sessioni import operations, repository
from chalicelib.pagamenti.sessioni.model import Idempotenza, PerRiferimento, RichiestaPagamento
from chalicelib.pagamenti.sessioni.states import StatoSessione as S
from chalicelib.pagamenti.states import StatoRpp
from chalicelib.pendenze import repository as pendenze
from chalicelib.pendenze.states import StatoPendenza, StatoVoce
from tests import builders_anagrafica as sample
from tests.aws_calls import ProcessKilled, aws_calls
from tests.aws_state import Snapshot, items_of, messages_of
from tests.builders_pagamenti import A2A, a_bollo, a_ko_rt, a_voce, an_rt
from tests.builders_sessioni import (
    PAGAMENTO,
    RITORNO,
    TODAY,
    a_cart,
    attempt_of,
    classic,
    portale,
    put_dominio,
    riferimento,
    rifiutato,
    session_of,
    stored,
)
from tests.journeys.test_carts import COMUNE
from tests.nodo.official import documents_schema, needs_official, schemas_for

LATER = TODAY + timedelta(minutes=5)
PRIMO, SECONDO = sample.ALTRO_DOMINIO, sample.DOMINIO
IUV, NAV = "100000000000126", "001100000000000126"


@pytest.fixture
def world(aws):
    """Both enti on the stazione that speaks classic."""
    with portale() as joined:
        put_dominio(id_stazione=sample.STAZIONE_V1)
        yield joined


def of_secondo(number=2, **other):
    return a_voce(**{"id_voce": f"voce-{number}", "indice": number, "id_dominio": SECONDO, **other})


def shared(*voci, **other):
    """Give a pendenza of one ente in which a voce is another's."""
    return classic(voci=voci or (a_voce(), of_secondo()), **other)


def pay(world, pendenza=None, **other):
    stored(pendenza or shared())
    return world.pay(a_cart(riferimento(pendenza or shared()), **other))


def both(sessione):
    return attempt_of(sessione, 0), attempt_of(sessione, 1)


def acquire(ricevuta):
    return pagamenti_operations.acquire_ricevuta(ricevuta=ricevuta, now=LATER)


def rt_of(rpp, number):
    return replace(an_rt(rpp), id_messaggio=f"RT-{number}", sha256=f"{number}" * 8)


class TestACartOverTwoEnti:
    def test_is_one_cart_with_an_rpt_for_each(self, world):
        of_other = replace(classic(), id_dominio=SECONDO, id_pendenza="COMUNE-1", iuv="01000000000000331")
        stored(classic())
        stored(of_other, numero_avviso="301000000000000331")

        sessione = session_of(world.pay(a_cart(riferimento(classic()), riferimento(of_other))))

        [cart] = world.wisp.carts
        assert [rpp.id_dominio for rpp in cart.rpp] == [PRIMO, SECONDO]
        assert {rpp.ccp for rpp in cart.rpp} == {sessione.id}
        assert cart.sessione.id_carrello is None

    def test_of_two_stazioni_is_refused(self, world):
        put_dominio(id_stazione=sample.STAZIONE_V2)

        answer = pay(world)

        assert (answer.status, answer.codice) == (400, "PAG_000")


class TestAPendenzaOfTwoEntiAtTheWisp:
    def test_is_two_rpt_of_one_name(self, world):
        sessione = session_of(pay(world))

        name = f"{PRIMO}{NAV}-00001"
        assert len(name) == 35
        first, second = both(sessione)
        assert [(r.id_dominio, r.iuv, r.ccp, r.ente.id_dominio) for r in (first, second)] == [
            (PRIMO, IUV, name, PRIMO),
            (SECONDO, IUV, name, SECONDO),
        ]
        assert sessione.nome_carrello == name
        assert first.importo.cents + second.importo.cents == sessione.importo.cents
        assert [[voce.indice for voce in rpp.voci] for rpp in (first, second)] == [[1], [1]]
        assert first.id_messaggio != second.id_messaggio
        assert first.data_esecuzione == second.data_esecuzione

    @needs_official
    def test_goes_as_the_nodo_wants_it(self, world):
        pay(world)
        [cart] = world.wisp.carts
        stazione = sample.a_stazione(id_stazione=sample.STAZIONE_V1, password="stazione-01")
        via = _Via(sample.an_intermediario().servizio_pagopa, stazione, "stazione-01")

        envelope = read_envelope(write_message(_request(via, cart), _header(via, cart.sessione)))

        head, body = schemas_for("nodoInviaCarrelloRPT")
        assert head.validate(etree.fromstring(etree.tostring(envelope.header[0]))), head.error_log
        assert body.validate(etree.fromstring(etree.tostring(envelope.operation))), body.error_log
        assert envelope.header[0].findtext("identificativoCarrello") == f"{PRIMO}{NAV}-00001"
        assert envelope.operation.findtext("multiBeneficiario") == "true"
        elements = list(envelope.operation.iter("elementoListaRPT"))
        assert [e.findtext("identificativoDominio") for e in elements] == [PRIMO, SECONDO]
        assert {e.findtext("identificativoUnivocoVersamento") for e in elements} == {IUV}
        schema = documents_schema()
        for element in elements:
            assert schema.validate(etree.fromstring(base64.b64decode(element.findtext("rpt")))), schema.error_log

    def test_is_named_anew_each_time(self, world):
        world.wisp.risposta = rifiutato()
        pay(world)
        world.pay(a_cart(riferimento(shared())))

        assert [cart.sessione.id_carrello[-6:] for cart in world.wisp.carts] == ["-00001", "-00002"]

    def test_is_shown_once_with_its_two_attempts(self, world):
        sessione = session_of(pay(world))

        shown = world.comune.get(f"{PAGAMENTO}/pagamenti/{sessione.id}").json

        assert [one["idPendenza"] for one in shown["pendenze"]] == ["UNIONE-0001"]
        assert [rpp["rpt"]["dominio"]["identificativoDominio"] for rpp in shown["rpp"]] == [PRIMO, SECONDO]

    def test_keeps_another_payment_away(self, world):
        pay(world)

        assert world.pay(a_cart(riferimento(shared()))).codice == "PAG_014"

    def test_leaves_alone_what_the_second_ente_has_under_the_same_iuv(self, world):
        pay(world)
        own = replace(classic(), id_dominio=SECONDO, id_pendenza="COMUNE-1")
        stored(own)

        assert world.pay(a_cart(riferimento(own))).status == 201
        transazione = pagamenti.load(SECONDO, IUV)
        assert [rpp.id_pendenza for rpp in transazione.rpp] == ["COMUNE-1"]
        assert [rpp.id_pendenza for rpp in transazione.altrui.rpp] == ["UNIONE-0001"]


class TestWhatTheWispCannotDivide:
    TERZO = "80012000828"

    @pytest.mark.parametrize(
        ("voci", "words"),
        [
            ((a_voce(), of_secondo(), of_secondo(3)), "una sola voce"),
            ((a_voce(), of_secondo(), of_secondo(3, id_dominio="80012000828")), "devono essere due"),
            ((of_secondo(1), of_secondo(2, id_dominio="80012000828")), "devono essere due"),
            ((a_voce(), of_secondo(), replace(a_bollo(), id_voce="voce-3", indice=3)), "marca da bollo"),
        ],
    )
    def test_is_refused_before_anything_is_stored(self, world, voci, words):
        stored(shared(*voci))
        before = items_of()

        answer = world.pay(a_cart(riferimento(shared())))

        assert (answer.status, answer.codice) == (422, "SEMANTICA")
        assert words in answer.json["dettaglio"]
        assert "UNIONE-0001" in answer.json["dettaglio"]
        assert items_of() == before

    def test_is_in_no_cart_with_others(self, world):
        other = classic(id_pendenza="UNIONE-0002", iuv="100000000000227", numero_avviso="001100000000000227")
        stored(other)
        stored(shared())

        answer = world.pay(a_cart(riferimento(other), riferimento(shared())))

        assert (answer.status, answer.codice) == (422, "SEMANTICA")
        assert "da sola" in answer.json["dettaglio"]

    def test_of_a_disabled_ente_is_refused(self, world):
        put_dominio(id_stazione=sample.STAZIONE_V1, abilitato=False)

        assert pay(world).codice == "DOM_001"

    def test_of_an_ente_that_nobody_knows_is_refused(self, world):
        answer = pay(world, shared(a_voce(), of_secondo(id_dominio=self.TERZO)))

        assert (answer.status, answer.codice) == (422, "DOM_000")


class TestTheTwoRt:
    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_pay_the_pendenza_in_either_order(self, world, order):
        sessione = session_of(pay(world))
        attempts = both(sessione)

        acquire(rt_of(attempts[order[0]], 1))
        half = pendenze.get_by_iuv(PRIMO, IUV)
        assert (half.stato, half.anomalo) == (StatoPendenza.PARZIALMENTE_ESEGUITO, False)
        assert repository.get(sessione.id).stato is S.IN_CORSO_AL_PSP

        acquire(rt_of(attempts[order[1]], 2))
        whole = pendenze.get_by_iuv(PRIMO, IUV)
        assert (whole.stato, whole.anomalo) == (StatoPendenza.ESEGUITO, False)
        assert whole.importo_pagato == whole.pagamento.importo == whole.importo
        assert {voce.stato for voce in whole.voci} == {StatoVoce.ESEGUITO}
        assert repository.get(sessione.id).stato is S.ESEGUITO

    def test_are_money_of_each_ente_where_its_flow_names_it(self, world):
        first, second = both(session_of(pay(world)))
        acquire(rt_of(first, 1))
        acquire(rt_of(second, 2))

        keys = [ChiaveRiscossione(ente, IUV, "IUR-0001", 1) for ente in (PRIMO, SECONDO)]
        found = pagamenti.riscossioni_of(keys)

        assert [found[key].importo for key in keys] == [first.importo, second.importo]
        assert {one.tipo for one in found.values()} == {TipoRiscossione.ENTRATA}
        assert {(one.id_a2a, one.id_pendenza) for one in found.values()} == {(A2A, "UNIONE-0001")}
        assert {one.id_voce for one in found.values()} == {"voce-1", "voce-2"}
        assert {one.anomalie for one in found.values()} == {()}

    def test_that_say_no_leave_it_to_be_paid(self, world):
        sessione = session_of(pay(world))
        for rpp in both(sessione):
            acquire(a_ko_rt(rpp))

        assert repository.get(sessione.id).stato is S.NON_ESEGUITO
        assert world.pay(a_cart(riferimento(shared()))).status == 201

    def test_that_say_no_and_then_yes_pay_it(self, world):
        sessione = session_of(pay(world))
        for rpp in both(sessione):
            acquire(a_ko_rt(rpp))
            acquire(rt_of(rpp, 7))

        assert repository.get(sessione.id).stato is S.ESEGUITO
        assert pendenze.get_by_iuv(PRIMO, IUV).stato is StatoPendenza.ESEGUITO

    def test_twice_are_duplicates(self, world):
        first, second = both(session_of(pay(world)))
        for rpp in (first, second):
            acquire(rt_of(rpp, 1))
        before = items_of()

        for rpp in (first, second):
            with pytest.raises(RtDuplicata):
                acquire(rt_of(rpp, 1))
        assert items_of() == before

    def test_of_two_carts_are_a_second_payment(self, world):
        first = both(session_of(pay(world)))
        for rpp in first:
            acquire(a_ko_rt(rpp))
        second = both(session_of(world.pay(a_cart(riferimento(shared())))))
        for rpp in second:
            acquire(rt_of(rpp, 1))

        for number, rpp in enumerate(first):
            paid = rt_of(rpp, 3)
            acquire(replace(paid, voci=tuple(replace(voce, iur=f"IUR-BIS-{number}") for voce in paid.voci)))

        again = [
            r
            for ente in (PRIMO, SECONDO)
            for part in (pagamenti.load(ente, IUV), pagamenti.load(ente, IUV).altrui)
            if part is not None
            for r in part.riscossioni
            if r.iur.startswith("IUR-BIS")
        ]
        assert [r.anomalie for r in again] == [(Anomalia.PAGAMENTO_DUPLICATO,)] * 2
        assert pendenze.get_by_iuv(PRIMO, IUV).anomalo

    def test_at_once_are_both_applied(self, world):
        sessione = session_of(pay(world))
        barrier = threading.Barrier(2)

        def deliver(rpp):
            barrier.wait()
            for _ in range(20):
                with suppress(WriteConflict):
                    return acquire(rt_of(rpp, 1))
            raise AssertionError

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(deliver, both(sessione)))

        assert repository.get(sessione.id).stato is S.ESEGUITO
        assert pendenze.get_by_iuv(PRIMO, IUV).stato is StatoPendenza.ESEGUITO

    def test_of_the_second_ente_cost_one_query_more(self, world):
        first, second = both(session_of(pay(world)))
        acquire(rt_of(first, 1))

        with aws_calls() as calls:
            acquire(rt_of(second, 2))

        assert calls == [
            "dynamodb.Query",
            "dynamodb.Query",
            "dynamodb.GetItem",
            "dynamodb.TransactWriteItems",
            "sqs.SendMessage",
        ]

    def test_of_the_second_ente_may_die_anywhere(self, world):
        first, second = both(session_of(pay(world)))
        acquire(rt_of(first, 1))
        snapshot = Snapshot.take()
        with aws_calls() as calls:
            acquire(rt_of(second, 2))
        expected = items_of()

        for number in range(len(calls)):
            for moment in ("die_before", "die_after"):
                snapshot.restore()
                with pytest.raises(ProcessKilled), aws_calls(**{moment: number}):
                    acquire(rt_of(second, 2))
                with suppress(RtDuplicata):
                    acquire(rt_of(second, 2))
                assert items_of() == expected, (moment, number)

    def test_are_read_by_the_key_of_each(self, world):
        _, second = both(session_of(pay(world)))
        acquire(rt_of(second, 2))

        shown = world.comune.get(f"{PAGAMENTO}/rpp/{SECONDO}/{IUV}/{second.ccp}")

        assert shown.status in {200, 201}, shown.json
        assert shown.json["pendenza"]["idPendenza"] == "UNIONE-0001"
        assert shown.json["rt"]["datiPagamento"]["codiceEsitoPagamento"] == "0"


class TestARequestAtTheWispThatDies:
    """At any AWS call; then the portal asks again, in the same session of its own."""

    def start(self, pendenza, now=TODAY):
        return operations.start(
            utenza=COMUNE,
            richiesta=RichiestaPagamento(
                pendenze=(PerRiferimento(id_a2a=A2A, id_pendenza=pendenza.id_pendenza),), url_ritorno=RITORNO
            ),
            id_sessione_portale="s-1",
            idempotenza=Idempotenza(chiave="s-1", impronta="corpo", rigida=False),
            now=now,
        )

    @pytest.mark.parametrize("pendenza", [classic(), shared()], ids=["one ente", "two enti"])
    def test_ends_as_one_payment(self, world, pendenza):
        stored(pendenza)
        snapshot = Snapshot.take()
        self.start(pendenza)  # caches warm: what a process reads once is not what is tested
        snapshot.restore()
        with aws_calls() as calls:
            self.start(pendenza)
        assert calls.count("dynamodb.TransactWriteItems") == 2
        told = {message["chiave"].split("#")[0] for message in messages_of("notifiche")}

        for number in range(len(calls)):
            for moment in ("die_before", "die_after"):
                snapshot.restore()
                with pytest.raises(ProcessKilled), aws_calls(**{moment: number}):
                    self.start(pendenza)

                with patch.object(clock, "now", lambda: LATER):
                    sessione = self.start(pendenza, now=LATER)
                notifiche.requeue_due(now=LATER + timedelta(minutes=5))

                assert (sessione.stato, sessione.redirect is None) == (S.IN_CORSO_AL_PSP, False), (moment, number)
                found = pagamenti.load(PRIMO, IUV).rpp
                assert [rpp.id_pagamento for rpp in found] == [sessione.id], (moment, number)
                for place in range(len(sessione.tentativi)):
                    assert attempt_of(sessione, place).stato is StatoRpp.RPT_ACCETTATA_NODO, (moment, number)
                assert {message["chiave"].split("#")[0] for message in messages_of("notifiche")} == told
