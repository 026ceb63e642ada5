"""Fifty carts at once, by both ways, while pagoPA loses answers and receipts and payers do what payers do."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest

from chalicelib.kernel import clock
from chalicelib.kernel.ids import new_hex
from chalicelib.kernel.importo import Importo
from chalicelib.nodo.domande import DomandeNodo
from chalicelib.pagamenti import repository as pagamenti
from chalicelib.pagamenti.ports import Ports
from chalicelib.pagamenti.recupero import operations as recupero
from chalicelib.pagamenti.rules.attivazione import PagamentoInCorso
from chalicelib.pagamenti.sessioni import operations, repository, ritorno
from chalicelib.pagamenti.sessioni.model import Idempotenza, PerRiferimento, RichiestaPagamento
from chalicelib.pagamenti.sessioni.operations import CarrelloRifiutato, RichiestaInCorso
from chalicelib.pagamenti.sessioni.rules import StatoNonPagabile
from chalicelib.pagamenti.sessioni.states import StatoSessione as S
from chalicelib.pendenze import repository as pendenze
from chalicelib.pendenze.states import StatoPendenza
from sandbox.checkout import checkout as checkout_guasti
from sandbox.checkout.checkout import Checkout
from sandbox.checkout.server import EC_PATH
from sandbox.checkout.server import server as checkout_server
from sandbox.nodo import guasti
from sandbox.nodo.client import GovPayClient
from sandbox.nodo.model import Rifiuto, StatoRicevuta
from sandbox.nodo.registro import Registro
from sandbox.nodo.server import SOAP_PATH
from sandbox.nodo.server import server as nodo_server
from sandbox.nodo.spedizione import Partenza, Quando
from sandbox.wisp.server import server as wisp_server
from sandbox.wisp.wisp import Azione, Wisp
from tests import builders_anagrafica as sample
from tests.builders_sessioni import RITORNO, TODAY, another, classic, portale, query_of, stored
from tests.journeys.test_cart_faults import CARRELLO, a_nodo, join_checkout, join_wisp
from tests.journeys.test_carts import COMUNE
from tests.nodo.calls import PASSWORD_PAGOPA

CARRELLI = 50
NOW = TODAY
PERSE = Partenza(Quando.PERSE)


class Orologi:
    """One clock for the product and for pagoPA, moved by hand."""

    def __init__(self):
        self.ora = NOW

    def now(self, _tz=None):
        return self.ora

    def avanti(self, **delta):
        self.ora += timedelta(**delta)


class InProcess(GovPayClient):
    """The Nodo's way to GovPay, without a network."""

    def __init__(self, http, registro):
        super().__init__("", sample.PRINCIPAL_PAGOPA, PASSWORD_PAGOPA, registro)
        self.http = http

    def _post(self, path, operazione, body, secondi):
        import base64

        given = base64.b64encode(":".join(self._auth).encode()).decode()
        headers = {"Authorization": f"Basic {given}", "Content-Type": "text/xml", "SOAPAction": f'"{operazione}"'}
        answer = self.http.post(path, headers=headers, body=body)
        if answer.status_code >= 500:
            raise Rifiuto("PPT_STAZIONE_INT_PA_ERRORE_RESPONSE", "500")
        return answer.body


class Mondo:
    """The product, joined over HTTP to a Nodo, a WISP and a Checkout that call it back; the queue of the recovery."""

    def __init__(self, world, seed, stack):
        self.orologi, self.caso = Orologi(), random.Random(seed)  # noqa: S311 - a game
        self.nodo = a_nodo()
        self.nodo.now = self.orologi.now
        self.nodo._govpay = InProcess(world.client.http, Registro())
        self.nodo.anagrafica = replace(
            self.nodo.anagrafica,
            stazioni={
                codice: replace(one, url_ritorno="https://govpay.example/ecsp/psp")
                for codice, one in self.nodo.anagrafica.stazioni.items()
            },
        )
        self.wisp, self.checkout = Wisp(self.nodo), Checkout(self.nodo)
        served = [stack.enter_context(one) for one in (nodo_server(self.nodo), checkout_server(self.checkout))]
        stack.enter_context(wisp_server(self.wisp))
        stack.enter_context(join_wisp(served[0].url + SOAP_PATH))
        stack.enter_context(join_checkout(served[1].url + EC_PATH))
        stack.enter_context(patch.object(Ports, "domande", DomandeNodo(seconds=1.0), create=True))
        stack.enter_context(patch.object(clock, "now", self.orologi.now))
        self.messaggi = []
        stack.enter_context(patch.object(recupero, "_send", self.messaggi.append))

    def recupera(self):
        """Let the schedule run, and its queue be emptied."""
        recupero.enqueue_due(now=self.orologi.ora)
        while self.messaggi:
            recupero.recover(self.messaggi.pop(), now=self.orologi.ora)


@pytest.fixture
def world(aws):
    with portale() as joined:
        yield joined


class Carrello:
    """A payer's story with one cart: a generator of steps, each at a moment of its own."""

    def __init__(self, mondo, numero):
        self.mondo, self.numero, self.caso = mondo, numero, mondo.caso
        self.is_wisp = numero % 2 == 0
        due = (NOW + timedelta(days=365)).date()
        self.pendenze = [stored(one, data_scadenza=due) for one in self._owed()]
        self.sessioni = []

    def _owed(self):
        for place in range(self.caso.randint(1, 3)):
            number = self.numero * 10 + place + 1
            yield (
                classic(
                    id_pendenza=f"U-{number}", iuv=f"10000000{number:07d}", numero_avviso=f"00110000000{number:07d}"
                )
                if self.is_wisp
                else another(number)
            )

    def storia(self) -> Iterator[None]:
        """Pay, or try to; some give up and begin again."""
        for _ in range(self.caso.randint(1, 2)):
            sessione = yield from self._comincia()
            if sessione is None:
                continue
            yield
            yield from self._al_wisp(sessione) if self.is_wisp else self._a_checkout(sessione)
            yield

    def _comincia(self):
        """Ask for the payment, and again if nobody knows what became of it; None where there is none to go on with."""
        chiave = Idempotenza(chiave=new_hex(), impronta="corpo", rigida=False)
        for _ in range(self.caso.randint(1, 3)):
            self._guasta()
            try:
                sessione = self._start(chiave)
            except CarrelloRifiutato as refused:
                self._ricorda(refused.esteso["id"])
                yield
                continue
            except (PagamentoInCorso, StatoNonPagabile, RichiestaInCorso):
                return None
            self._ricorda(sessione.id)
            return sessione
        return None

    def _guasta(self):
        name = self.caso.choice([None, None, None, "muto", "persa", "rifiuta"])
        if name is None:
            return
        if self.is_wisp:
            nome = {"muto": guasti.IRRAGGIUNGIBILE, "persa": guasti.RISPOSTA_PERSA, "rifiuta": "PPT_SEMANTICA"}[name]
            self.mondo.nodo.guasti.accendi(nome, operazione=CARRELLO, volte=1)
        else:
            nome = {
                "muto": checkout_guasti.IRRAGGIUNGIBILE,
                "persa": checkout_guasti.PERSA,
                "rifiuta": checkout_guasti.NON_VALIDA,
            }[name]
            self.mondo.checkout.guasti.accendi(nome, volte=1)

    def _start(self, chiave):
        voci = tuple(PerRiferimento(id_a2a=p.id_a2a, id_pendenza=p.id_pendenza) for p in self.pendenze)
        try:
            return operations.start(
                utenza=COMUNE,
                richiesta=RichiestaPagamento(pendenze=voci, url_ritorno=RITORNO),
                id_sessione_portale=f"s-{self.numero}",
                idempotenza=chiave,
                now=self.mondo.orologi.ora,
            )
        finally:
            # What this request did not meet must not be met by another's.
            self.mondo.nodo.guasti.spegni()
            self.mondo.checkout.guasti.spegni()

    def _ricorda(self, id_pagamento):
        if id_pagamento not in self.sessioni:
            self.sessioni.append(id_pagamento)

    def _torna(self, url):
        asked = query_of(url)
        ritorno.come_back(
            id_session=asked["idSession"],
            esito=asked.get("esito"),
            firma=asked.get("firma"),
            now=self.mondo.orologi.ora,
        )

    def _al_wisp(self, sessione):
        carrello = self.mondo.nodo.carrelli.uno(sessione.id_session)
        azione = self.caso.choice([*Azione, Azione.PAGA, None])
        if self.caso.random() < 0.5 and (azione is not None or self.numero == 0):
            # Of what a PSP has, the Nodo is asked for two months: one is enough to see it.
            self.mondo.wisp.sceglie(carrello, "BSNDIT2T")
            yield
        if azione is None:
            return  # closes the page
        # At once, by hand after the return, or never by themselves: then the recovery asks for the copy.
        quando = self.caso.choice(["subito", "dopo", "perse"])
        before = len(self.mondo.nodo.consegne.tutte())
        url = self.mondo.wisp.conclude(carrello, azione) if quando == "subito" else None
        if quando != "subito":
            url = self.mondo.wisp.conclude(carrello, azione, PERSE)
        rt = self.mondo.nodo.consegne.tutte()[before:]
        yield
        if self.caso.random() < 0.8:
            self._torna(url)
            yield
        if quando == "dopo":
            for one in rt:
                self.mondo.nodo.consegna_ora(one)
                yield

    def _a_checkout(self, sessione):
        id_carrello = sessione.redirect.rpartition("/")[2]
        carrello = self.mondo.checkout.uno(id_carrello)
        azione = self.caso.choice(["paga", "paga", "paga", "annulla", "rifiuta", "chiude"])
        if self.caso.random() < 0.5 and azione != "annulla":
            self.mondo.checkout.attiva(carrello)
            yield
        if azione == "chiude":
            return
        if azione == "paga":
            yield from self._paga(carrello)
            return
        (self.mondo.checkout.annulla if azione == "annulla" else self.mondo.checkout.rifiuta)(carrello)
        yield
        if self.caso.random() < 0.8:
            self._torna(carrello.ritorno)

    def _paga(self, carrello):
        quando = self.caso.choice(["subito", "dopo", "perse"])
        self.mondo.checkout.paga(carrello, PERSE)
        receipts = list(carrello.ricevute)
        steps = [lambda: self._torna(carrello.ritorno)] if self.caso.random() < 0.8 else []
        deliveries = (
            [] if quando == "perse" else [lambda one=one: self.mondo.nodo.consegna_ora(one) for one in receipts]
        )
        for step in [*deliveries, *steps] if quando == "subito" else [*steps, *deliveries]:
            step()
            yield


def in_any_order(carrelli, mondo):
    """Let all stories go on together, a step of one at a time; the clock runs, and the schedules with it."""
    stories = {carrello.numero: carrello.storia() for carrello in carrelli}
    for count in range(100_000):
        if not stories:
            return
        numero = mondo.caso.choice(sorted(stories))
        if next(stories[numero], StopIteration) is StopIteration:
            del stories[numero]
        mondo.orologi.avanti(seconds=mondo.caso.randint(0, 20))
        if count % 40 == 0:
            mondo.recupera()
    raise AssertionError


def until_the_end(mondo):
    """The Nodo sends again what it still has; the schedules ask for the rest, for as long as they do."""
    for _ in range(6):
        mondo.orologi.avanti(minutes=20)
        mondo.recupera()
    for ricevuta in mondo.nodo.consegne.reinvia():
        assert ricevuta.stato is StatoRicevuta.CONSEGNATA, ricevuta
    for _ in range(90):
        mondo.orologi.avanti(days=1)
        if not mondo.messaggi and not repository.due(now=mondo.orologi.ora, most=1):
            continue
        mondo.recupera()


def money_of(pendenza):
    return pagamenti.load(pendenza.id_dominio, pendenza.iuv)


def paid_at_pagopa(mondo):
    """Count, by dominio and iuv, the payments that pagoPA has taken money for."""
    found = Counter()
    for carrello in mondo.checkout.tutti():
        found.update((one.id_dominio, one.iuv) for one in carrello.tentativi if carrello.stato.value == "PAGATO")
    for carrello in mondo.nodo.carrelli.tutti():
        found.update((chiave[0], chiave[1]) for chiave in carrello.chiavi if carrello.stato.value == "PAGATO")
    return found


class TestFiftyCartsAtOnce:
    @pytest.mark.parametrize("seed", [20261124])
    def test_end_with_every_payment_counted_once(self, world, seed):
        with ExitStack() as stack:
            mondo = Mondo(world, seed, stack)
            carrelli = [Carrello(mondo, numero) for numero in range(CARRELLI)]

            in_any_order(carrelli, mondo)
            until_the_end(mondo)

            paid = paid_at_pagopa(mondo)
            self.check_money(carrelli, paid)
            self.check_sessions(carrelli)
            self.check_that_the_rest_may_be_paid(carrelli, paid, mondo)

    def check_money(self, carrelli, paid):
        times = Counter()
        for pendenza in (one for carrello in carrelli for one in carrello.pendenze):
            transazione = money_of(pendenza)
            count = paid[pendenza.id_dominio, pendenza.iuv]
            times[count] += 1
            assert len(transazione.riscossioni) == count, pendenza.id_pendenza
            total = Importo.total(one.importo for one in transazione.riscossioni)
            now_is = pendenze.get_by_iuv(pendenza.id_dominio, pendenza.iuv)
            assert now_is.importo_pagato == total == Importo(pendenza.importo.cents * count)
            assert now_is.stato is (StatoPendenza.ESEGUITO if count else StatoPendenza.NON_ESEGUITO)
            assert now_is.anomalo is (count > 1)
            positive = [one for one in transazione.ricevute if one.esito.is_positivo]
            assert len(positive) == count
        assert times[1] > 20

    def check_sessions(self, carrelli):
        ends = Counter()
        for id_pagamento in (one for carrello in carrelli for one in carrello.sessioni):
            sessione = repository.get(id_pagamento)
            ends[sessione.stato] += 1
            assert not sessione.is_aperta, (sessione.id, sessione.stato, sessione.descrizione_stato)
            assert sessione.prossima_verifica is None
            positive = [t.esito is not None and t.esito.is_positivo for t in sessione.tentativi]
            assert (sessione.stato is S.ESEGUITO) is all(positive)
        assert {S.ESEGUITO, S.FALLITO, S.NON_ESEGUITO} <= set(ends)

    def check_that_the_rest_may_be_paid(self, carrelli, paid, mondo):
        for carrello in carrelli:
            if any(paid[one.id_dominio, one.iuv] for one in carrello.pendenze):
                continue
            with patch.object(Ports, "checkout", world_takes()), patch.object(Ports, "wisp", world_takes()):
                assert carrello._start(None).stato is S.IN_CORSO_AL_PSP


def world_takes():
    from tests.builders_sessioni import PagoPaFinto, accolto

    return PagoPaFinto(accolto("https://pagopa.example/?idSession=x", "x"))
