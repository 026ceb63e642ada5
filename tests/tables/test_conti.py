"""The books add up; each kind of damage is found by its name; what was found is chained, and the chain is held."""

import hashlib
from dataclasses import replace
from datetime import date, timedelta
from unittest.mock import patch

import pytest

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.aws import documents
from chalicelib.aws.codec import decode, encode
from chalicelib.aws.documents import Bucket
from chalicelib.aws.transactions import WriteConflict
from chalicelib.kernel.importo import ZERO, Importo
from chalicelib.pagamenti import operations as pagamenti
from chalicelib.pagamenti.model import Ricevuta, Riscossione
from chalicelib.pagamenti.states import StatoRiscossione
from chalicelib.pendenze.model import Pendenza
from chalicelib.pendenze.states import StatoPendenza
from chalicelib.pendenze.tables import PendenzaItem, TransazioneItem
from chalicelib.riconciliazione import operations as riconciliazione
from chalicelib.riconciliazione.conti import operations, repository
from chalicelib.riconciliazione.conti.cammino import advance
from chalicelib.riconciliazione.conti.model import Anello, Danno, Fase
from chalicelib.riconciliazione.conti.queries import Rottura, verify_chain
from chalicelib.riconciliazione.model import Formato, Incasso, Rendicontazione
from chalicelib.riconciliazione.ports import Ports
from chalicelib.riconciliazione.repository import flussi, incassi
from chalicelib.riconciliazione.states import StatoIncasso
from chalicelib.riconciliazione.tables import FlussoItem, IncassoItem
from tests.aws_calls import ProcessKilled, aws_calls
from tests.aws_state import items_of, messages_of
from tests.builders_anagrafica import seed_comune, there
from tests.builders_pagamenti import ALTRO_DOMINIO, DOMINIO, NOW, TOKEN, a_receipt, two_voci
from tests.builders_riconciliazione import (
    ID_FLUSSO,
    IUV,
    FonteFinta,
    a_chiave,
    a_flow,
    a_riga,
    acquired,
    an_accredito,
    iuv,
    loaded,
)
from tests.doubles_pagamenti import ports

OGGI = date(2026, 11, 24)
RAW = b"<ricevuta/>"
OTHER = iuv(7)


def paid(number, token, **other):
    pendenza = loaded(number, **other)
    receipt = a_receipt(pendenza, token=token, iuv=number, numero_avviso="3" + number)
    key = f"ricevute/2026/11/24/{token}.xml"
    documents.put(Bucket.ARCHIVIO, key, RAW, content_type="text/xml")
    voci = tuple(replace(voce, data=OGGI) for voce in receipt.voci)
    stored = replace(receipt, originale=key, sha256=hashlib.sha256(RAW).hexdigest(), voci=voci)
    pagamenti.acquire_ricevuta(ricevuta=stored, now=NOW)


@pytest.fixture(autouse=True)
def books(aws):
    """Two payments, one of them told by a flow that the bank has credited; a third pendenza is not paid."""
    seed_comune(NOW)
    fonte = FonteFinta()
    with ports(), patch.object(Ports, "fonti", {Formato.SOAP: fonte}, create=True):
        paid(IUV, TOKEN)
        paid(OTHER, "altro-token")
        loaded(iuv(9))
        acquired(fonte, a_flow())
        riconciliazione.post_incasso(accredito=an_accredito(), utenza=None, now=NOW)
        yield fonte


def proved(giorno=OGGI, id_dominio=DOMINIO):
    verifica = operations.begin(id_dominio, giorno, esecuzione="prova", now=NOW)
    while not verifica.is_done:
        verifica = advance(verifica, seconds=0)
    return verifica


def damages(giorno=OGGI):
    return {one.danno for one in proved(giorno).differenze}


def altered(item, shape, change):
    """Damage what is stored: as a person with the console would."""
    item.documento = encode(change(decode(shape, item.documento)))
    item.save()


def in_partition(prefix, number=IUV):
    (item,) = TransazioneItem.query(f"{DOMINIO}#{number}", TransazioneItem.sk.startswith(prefix))
    return item


def the_incasso():
    return IncassoItem.get(incassi.key_of(DOMINIO, ID_FLUSSO), incassi.SK_INCASSO)


def the_flusso():
    return FlussoItem.get(*flussi.key_of(a_chiave()))


def the_row():
    (item,) = FlussoItem.query(flussi.rows_partition_of(a_chiave()), FlussoItem.sk.startswith("riga#"))
    return item


def change_pendenza(both=True, number=IUV, **changes):
    posizione = in_partition("posizione", number)
    pendenza = decode(Pendenza, posizione.documento)
    altered(posizione, Pendenza, lambda p: replace(p, **changes))
    if both:
        copy = PendenzaItem.get(f"{pendenza.id_a2a}#{pendenza.id_pendenza}")
        altered(copy, Pendenza, lambda p: replace(p, **changes))


def one_cent_more(thing):
    return replace(thing, importo=Importo(thing.importo.cents + 1))


def row_of(change):
    return lambda: altered(the_row(), Rendicontazione, change)


def reversed_incasso(incasso):
    return replace(incasso, stato=StatoIncasso.STORNATO)


KEY = f"ricevute/2026/11/24/{TOKEN}.xml"
DAMAGES = {
    Danno.RICEVUTA_SENZA_RISCOSSIONE: lambda: in_partition("riscossione#", OTHER).delete(),
    Danno.RISCOSSIONE_SENZA_RICEVUTA: lambda: in_partition("ricevuta#").delete(),
    Danno.RPP_SENZA_RICEVUTA: lambda: in_partition("ricevuta#").delete(),
    Danno.IMPORTO_RISCOSSIONE_DIVERSO: lambda: altered(in_partition("riscossione#"), Riscossione, one_cent_more),
    Danno.IMPORTO_RICEVUTA_DIVERSO: lambda: altered(in_partition("ricevuta#"), Ricevuta, one_cent_more),
    Danno.ORIGINALE_MANCANTE: lambda: documents.delete(Bucket.ARCHIVIO, KEY),
    Danno.ORIGINALE_ALTERATO: lambda: documents.put(Bucket.ARCHIVIO, KEY, b"<altro/>", content_type="text/xml"),
    Danno.IMPORTO_PAGATO_DIVERSO: lambda: change_pendenza(importo_pagato=Importo(1)),
    Danno.IMPORTO_INCASSATO_DIVERSO: lambda: change_pendenza(importo_incassato=ZERO),
    Danno.STATO_PENDENZA_DIVERSO: lambda: change_pendenza(stato=StatoPendenza.NON_ESEGUITO),
    Danno.COPIE_PENDENZA_DIVERSE: lambda: change_pendenza(both=False, causale="altra"),
    Danno.RISCOSSIONE_SENZA_INCASSO: lambda: the_incasso().delete(),
    Danno.RIGHE_FLUSSO_DIVERSE: lambda: the_row().delete(),
    Danno.SOMMA_FLUSSO_DIVERSA: row_of(lambda r: replace(r, riga=one_cent_more(r.riga))),
    Danno.RIGA_SENZA_RISCOSSIONE: lambda: in_partition("riscossione#").delete(),
    Danno.IMPORTO_RIGA_DIVERSO: row_of(lambda r: replace(r, riga=one_cent_more(r.riga))),
    Danno.FLUSSO_SENZA_INCASSO: lambda: altered(the_incasso(), Incasso, reversed_incasso),
    Danno.RIGA_NON_INCASSATA: lambda: altered(
        in_partition("riscossione#"),
        Riscossione,
        lambda r: replace(r, stato=StatoRiscossione.RISCOSSA, id_incasso=None),
    ),
    Danno.INCASSO_SENZA_ORIGINE: lambda: the_flusso().delete(),
    Danno.IMPORTO_INCASSO_DIVERSO: lambda: altered(
        the_incasso(), Incasso, lambda i: replace(i, accredito=one_cent_more(i.accredito))
    ),
}


class TestTheBooks:
    def test_add_up(self):
        verifica = proved()

        assert verifica.differenze == ()
        conti = verifica.conti
        assert (conti.ricevute, conti.riscossioni, conti.flussi, conti.righe, conti.incassi) == (2, 2, 1, 1, 1)
        assert conti.importo_ricevute == conti.importo_riscossioni == Importo(20100)
        assert conti.importo_flussi == conti.importo_incassi == Importo(10050)

    def test_of_a_pendenza_of_two_enti_add_up(self):
        base = two_voci()
        paid(iuv(8), "due-enti", voci=base.voci, importo=base.importo)

        assert damages() == set()

    def test_of_a_payment_made_twice_add_up(self):
        receipt = a_receipt(token="doppio", iuv=IUV, numero_avviso="3" + IUV)
        key = "ricevute/2026/11/24/doppio.xml"
        documents.put(Bucket.ARCHIVIO, key, RAW, content_type="text/xml")
        digest = hashlib.sha256(RAW).hexdigest()
        pagamenti.acquire_ricevuta(ricevuta=replace(receipt, originale=key, sha256=digest), now=NOW)

        assert damages() == set()

    @pytest.mark.parametrize("danno", DAMAGES)
    def test_have_each_damage_told_by_its_name(self, danno):
        DAMAGES[danno]()

        assert danno in damages()

    def test_have_a_test_for_every_damage(self):
        assert set(DAMAGES) == set(Danno)

    def test_tell_of_another_day_what_is_of_that_day(self):
        assert proved(OGGI - timedelta(days=1)).conti.ricevute == 0
        assert proved(id_dominio=ALTRO_DOMINIO).conti.ricevute == 0

    def test_are_gone_through_without_a_write_or_a_scan(self):
        before = items_of()

        with aws_calls() as calls:
            proved()

        assert {call.split(".")[1] for call in calls} <= {"Query", "BatchGetItem", "GetItem", "GetObject"}
        assert items_of() == before

    def test_name_no_person(self):
        for danno in (Danno.COPIE_PENDENZA_DIVERSE, Danno.IMPORTO_RICEVUTA_DIVERSO, Danno.IMPORTO_RISCOSSIONE_DIVERSO):
            DAMAGES[danno]()

        told = str(proved().differenze)

        assert "RSSMRA" not in told
        assert "Rossi" not in told


class TestAFlowOfManyRows:
    def test_is_gone_through_a_hundred_at_a_time(self, books):
        chiave = a_chiave(id_flusso="2026-11-23BCITITMM-lungo")
        rows = [a_riga(progressivo=n, iuv=iuv(1000 + n), iur=f"iur-{n}") for n in range(1, 252)]
        acquired(books, a_flow(*rows, identificativo_flusso=chiave.id_flusso), chiave)

        verifica, seen = operations.begin(DOMINIO, OGGI, esecuzione="prova", now=NOW), []
        while not verifica.is_done:
            verifica = advance(verifica, seconds=0)
            seen.append(0 if verifica.flusso is None else verifica.flusso.righe)

        assert {100, 200} <= set(seen)
        assert verifica.differenze == ()
        assert (verifica.conti.flussi, verifica.conti.righe) == (2, 252)


def message(giorno=OGGI, esecuzione="2026-11-25"):
    return {"verificaConti": giorno.isoformat(), "idDominio": DOMINIO, "esecuzione": esecuzione}


def night(giorno=OGGI, esecuzione="2026-11-25", now=NOW):
    operations.handle(message(giorno, esecuzione), now=now)


class TestTheNight:
    def test_asks_for_each_ente_and_day(self):
        asked = operations.ask_verifiche(now=NOW)

        sent = [one for one in messages_of("incassi") if "verificaConti" in one]
        assert asked == len(sent) == 2 * len(anagrafica.domini())
        assert {one["verificaConti"] for one in sent} == {"2026-11-23", "2026-11-16"}

    def test_chains_each_result_to_the_one_before(self):
        night()
        night(esecuzione="2026-11-26")

        first, second = repository.rings(DOMINIO)
        assert (first.precedente, second.precedente) == (operations.PRIMO, first.impronta)
        assert there(repository.head(DOMINIO)) == second
        assert verify_chain(DOMINIO).rotture == ()
        body = there(documents.get(Bucket.RICONCILIAZIONE, second.chiave))
        assert hashlib.sha256(body).hexdigest() == second.impronta
        assert first.impronta.encode() in body

    def test_delivered_again_adds_no_ring(self):
        night()
        before = items_of()

        night()

        assert items_of() == before

    def test_goes_on_by_another_message_when_its_time_is_out(self):
        with patch.object(operations, "SECONDI_A_MESSAGGIO", 0.0):
            night()
            stored, done = repository.state_of(DOMINIO, OGGI, "2026-11-25")
            assert there(stored).fase is not Fase.FATTA
            assert not done
            while not repository.state_of(DOMINIO, OGGI, "2026-11-25")[1]:
                assert message() in messages_of("incassi")
                night()

        assert [one.differenze for one in repository.rings(DOMINIO)] == [0]

    def test_that_is_delivered_to_two_at_once_has_one_go_on(self):
        verifica = operations.begin(DOMINIO, OGGI, esecuzione="due", now=NOW)
        repository.save_progress(verifica)

        with pytest.raises(WriteConflict):
            repository.save_progress(verifica)

    def test_that_dies_anywhere_leaves_one_ring_when_it_comes_again(self):
        with aws_calls() as calls:
            night(esecuzione="contata")
        number = len(calls)

        for position in range(0, number, 3):
            esecuzione = f"e{position}"
            with aws_calls(die_after=position), pytest.raises(ProcessKilled):
                night(esecuzione=esecuzione)
            night(esecuzione=esecuzione)
            assert sum(one.esecuzione == esecuzione for one in repository.rings(DOMINIO)) == 1

        assert verify_chain(DOMINIO).rotture == ()

    def test_tells_of_a_damage_in_the_result(self):
        DAMAGES[Danno.ORIGINALE_MANCANTE]()

        night()

        (ring,) = repository.rings(DOMINIO)
        assert ring.differenze == 1
        assert b"ORIGINALE_MANCANTE" in there(documents.get(Bucket.RICONCILIAZIONE, ring.chiave))


class TestTheChain:
    @pytest.fixture(autouse=True)
    def three_nights(self, books):
        for giorno in ("25", "26", "27"):
            night(esecuzione=f"2026-11-{giorno}")

    def broken(self):
        return {rottura for _, rottura in verify_chain(DOMINIO).rotture}

    def ring(self, number):
        return IncassoItem.get(f"verifica#{DOMINIO}", f"anello#{number:08d}")

    def key(self, number):
        return list(repository.rings(DOMINIO))[number - 1].chiave

    def test_is_whole(self):
        assert self.broken() == set()
        assert verify_chain(DOMINIO).anelli == 3

    def test_shows_a_result_that_is_gone(self):
        documents.delete(Bucket.RICONCILIAZIONE, self.key(2))

        assert self.broken() == {Rottura.RISULTATO_MANCANTE}

    def test_shows_a_result_that_was_changed(self):
        documents.put(Bucket.RICONCILIAZIONE, self.key(2), b"{}", content_type="application/json")

        assert self.broken() == {Rottura.IMPRONTA_DIVERSA}

    def test_shows_a_ring_that_is_gone(self):
        self.ring(2).delete()

        assert self.broken() == {Rottura.ANELLO_MANCANTE}

    def test_shows_a_result_that_was_made_anew_with_its_ring(self):
        ring = decode(Anello, self.ring(2).documento)
        body = b'{"precedente":"' + ring.precedente.encode() + b'"}'
        documents.put(Bucket.RICONCILIAZIONE, ring.chiave, body, content_type="application/json")
        forged = replace(ring, impronta=hashlib.sha256(body).hexdigest())
        item = self.ring(2)
        item.documento = encode(forged)
        item.save()

        assert self.broken() == {Rottura.CATENA_SPEZZATA}

    def test_shows_that_the_last_ring_is_gone(self):
        self.ring(3).delete()

        assert self.broken() == {Rottura.TESTA_DIVERSA}
