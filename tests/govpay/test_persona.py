"""A citizen's data: all of it is found, given out, and taken away with the accounts as they were."""

import base64
import hashlib
import json
import re
import zlib
from dataclasses import replace
from datetime import date

import pytest
from moto.dynamodb.models import dynamodb_backends

from chalicelib.aws import documents
from chalicelib.aws.clients import client
from chalicelib.aws.documents import Bucket
from chalicelib.aws.transactions import commit
from chalicelib.giornale import operations as giornale
from chalicelib.giornale.repository import save
from chalicelib.giornale.tables import EventoItem
from chalicelib.kernel.exchange import About, Componente, Exchange, Message, Ruolo
from chalicelib.kernel.exchange import Esito as EsitoEvento
from chalicelib.kernel.oblio import ANONIMO
from chalicelib.notifiche import repository as notifiche
from chalicelib.notifiche.states import StatoSpedizione
from chalicelib.notifiche.tables import NotificaItem
from chalicelib.pagamenti import operations as pagamenti
from chalicelib.pagamenti import repository as archivio
from chalicelib.pagamenti.states import StatoRpp
from chalicelib.pendenze import repository as pendenze
from chalicelib.pendenze.tables import PendenzaItem
from chalicelib.promemoria.tables import PromemoriaItem
from chalicelib.riconciliazione.conti import operations as conti
from chalicelib.riconciliazione.conti.cammino import advance
from chalicelib.settings import settings
from govpay import persona
from tests.aws_calls import ProcessKilled, aws_calls
from tests.builders_anagrafica import seed_comune, there
from tests.builders_pagamenti import CITTADINO, DOMINIO, NAV, NOW, TOKEN, a_receipt, an_attempt
from tests.builders_riconciliazione import IUV, iuv, loaded
from tests.doubles_pagamenti import ports

CF, NOME = CITTADINO.identificativo, "Mario Rossi"
RAW = f"<ricevuta>{CF} {NOME}</ricevuta>".encode()
ORIGINALE = f"ricevute/2026/11/24/{TOKEN}.xml"


@pytest.fixture(autouse=True)
def stored(aws):
    """A pendenza that is paid, with all that is stored around it: notifica, evento with its bodies, papers."""
    seed_comune(NOW)
    with ports():
        pendenza = loaded(causale=f"TARI di {NOME}", dati_allegati=json.dumps({"intestatario": NOME.upper()}))
        receipt = a_receipt(pendenza, token=TOKEN, iuv=IUV, numero_avviso=NAV)
        documents.put(Bucket.ARCHIVIO, ORIGINALE, RAW, content_type="text/xml")
        digest = hashlib.sha256(RAW).hexdigest()
        receipt = replace(receipt, originale=ORIGINALE, sha256=digest)
        pagamenti.acquire_ricevuta(ricevuta=receipt, now=NOW)
        _delivered()
        _evento()
        for key in (f"avvisi/{DOMINIO}/{NAV}/a.pdf", f"ricevute/{DOMINIO}/{IUV}/b-con-debitore.pdf"):
            documents.put(Bucket.DOCUMENTI, key, f"%PDF {NOME}".encode(), content_type="application/pdf")
        yield


def _delivered():
    for item in NotificaItem.scan():
        notifica = notifiche.get(item.pk)
        notifiche.save(replace(notifica, stato=StatoSpedizione.SPEDITA))


def _evento():
    message = Message(metodo="GET", url=f"https://x.example/pendenze?idDebitore={CF}", payload=NOME.encode())
    exchange = Exchange(
        componente=Componente.API_ENTE,
        ruolo=Ruolo.CLIENT,
        tipo_evento="getAvviso",
        esito=EsitoEvento.OK,
        data=NOW,
        durata_ms=1,
        id_transazione="t-1",
        about=About(id_dominio=DOMINIO, iuv=IUV, id_a2a="A2A-COMUNE", id_pendenza=f"P-{IUV}"),
        richiesta=message,
        risposta=Message(stato=200, payload=CF.encode()),
    )
    save(giornale._archived(giornale._evento(exchange)))


def a_promemoria(id_pendenza):
    """Give the attributes of a promemoria that is still to be sent, of another pendenza of the same day."""
    pk = f"{DOMINIO}#A2A-COMUNE#{id_pendenza}#AVVISO_PAGAMENTO#MAIL#avviso"
    return {
        "pk": pk, "versione": 1, "stato": "DA_SPEDIRE", "tipo": "AVVISO_PAGAMENTO", "da_spedire": "da-spedire#0",
        "prossima": "2026-12-01T06:00:00.000Z", "mese": "2026-11", "creata": f"2026-11-24T10:00:00.000Z#{pk}",
        "documento": "{}",
    }  # fmt: skip


def everything():
    """Give every stored byte, by where it is: items of all tables, all versions of all objects."""
    for regions in dynamodb_backends.values():
        for backend in regions.values():
            for name, table in backend.tables.items():
                for item in table.all_items():
                    attributes = item.to_json()["Attributes"]
                    yield name, json.dumps(attributes, ensure_ascii=False)
                    if "corpo" in attributes:
                        yield name, zlib.decompress(base64.b64decode(attributes["corpo"]["S"])).decode()
    s3 = client("s3")
    for bucket in Bucket:
        for one in s3.list_object_versions(Bucket=settings().bucket(bucket)).get("Versions", ()):
            where = {"Bucket": settings().bucket(bucket), "Key": one["Key"], "VersionId": one["VersionId"]}
            yield f"{bucket}/{one['Key']}", s3.get_object(**where)["Body"].read().decode("latin-1")


def mentions():
    words = re.compile(rf"{CF}|\brossi\b|\bmario\b|mario@", re.IGNORECASE)
    return {where for where, text in everything() if words.search(text)}


def proved():
    verifica = conti.begin(DOMINIO, date(2026, 11, 24), esecuzione="prova", now=NOW)
    while not verifica.is_done:
        verifica = advance(verifica, seconds=1)
    return verifica


class TestExport:
    def test_finds_every_place(self):
        found = persona.export(CF)

        assert set(found["documenti"]) == {"pendenze", "transazioni", "notifiche", "eventi"}
        keys = {one["chiave"] for one in found["oggetti"]}
        assert {f"avvisi/{DOMINIO}/{NAV}/a.pdf", f"ricevute/{DOMINIO}/{IUV}/b-con-debitore.pdf"} <= keys
        assert sum(key.startswith("eventi/") for key in keys) == 2

    def test_of_nobody_is_empty(self):
        assert persona.export("VRDLGI80A01H501Z")["documenti"] == {}


class TestErase:
    def test_leaves_the_person_nowhere_but_in_what_the_law_keeps(self):
        assert len(mentions()) > 5

        esito = persona.erase(CF)

        assert mentions() == {f"archivio/{ORIGINALE}"}
        assert (esito.pendenze, esito.trattenute) == (1, 0)

    def test_leaves_the_accounts_as_they_were(self):
        before = proved()

        persona.erase(CF)

        after = proved()
        assert after.differenze == before.differenze == ()
        assert after.conti == before.conti

    def test_leaves_what_is_stored_readable(self):
        persona.erase(CF)

        transazione = archivio.load(DOMINIO, IUV)
        pendenza = there(transazione.posizione)
        assert pendenza.soggetto_pagatore.identificativo == ANONIMO
        assert there(pendenze.get(pendenza.id_a2a, pendenza.id_pendenza)) == pendenza
        assert pendenza.causale == f"TARI di {ANONIMO}"
        assert transazione.ricevute[0].pagatore.identificativo == ANONIMO
        assert documents.get(Bucket.ARCHIVIO, ORIGINALE) == RAW

    def test_keeps_what_is_still_owed_until_it_is_not(self):
        loaded(iuv(5))

        esito = persona.erase(CF)

        assert esito.trattenute == 1
        assert there(pendenze.get("A2A-COMUNE", f"P-{iuv(5)}")).soggetto_pagatore.identificativo == CF

    def test_keeps_what_the_ente_is_still_to_be_told(self):
        for item in NotificaItem.scan():
            notifiche.save(replace(notifiche.get(item.pk), stato=StatoSpedizione.DA_SPEDIRE))

        assert persona.erase(CF) == persona.Esito(trattenute=1)
        assert all(item.corpo for item in NotificaItem.scan())

    def test_keeps_what_an_rt_may_still_pay(self):
        before = archivio.load(DOMINIO, IUV)
        waiting = an_attempt(before.posizione, stato=StatoRpp.RPT_ACCETTATA_NODO, versione=0)
        commit(archivio.rpp_writes(before=None, after=waiting))

        assert persona.erase(CF) == persona.Esito(trattenute=1)
        assert there(archivio.load(DOMINIO, IUV).rpp_of(waiting.ccp)).pagatore.identificativo == CF

    def test_done_again_changes_nothing(self):
        persona.erase(CF)

        assert persona.erase(CF) == persona.Esito()

    def test_done_again_before_the_index_of_the_eventi_has_seen_it_changes_nothing(self, monkeypatch):
        listed = list(EventoItem.per_pendenza.query(f"A2A-COMUNE#P-{IUV}"))
        persona.erase(CF)
        item = PendenzaItem.get(f"A2A-COMUNE#P-{IUV}")
        monkeypatch.setattr(EventoItem.per_pendenza, "query", lambda *_, **__: iter(listed))

        things = list(persona.things_of_pendenza(item))

        assert listed
        assert not any(CF in (one.item.documento or "") for one in things if one.item is not None)

    def test_that_dies_anywhere_leaves_the_pendenza_and_its_posizione_alike(self):
        for position in range(1, 60):
            with aws_calls(die_after=position):
                try:
                    persona.erase(CF)
                except ProcessKilled:
                    pass
                else:
                    break
            transazione = archivio.load(DOMINIO, IUV)
            pendenza = there(transazione.posizione)
            assert there(pendenze.get(pendenza.id_a2a, pendenza.id_pendenza)) == pendenza, position

    def test_is_not_kept_by_the_promemoria_of_a_pendenza_whose_id_is_longer(self):
        PromemoriaItem(**a_promemoria(f"P-{IUV}-bis")).save()

        assert persona.erase(CF).trattenute == 0
        assert persona.export(CF)["documenti"] == {}

    def test_that_dies_anywhere_ends_when_it_is_done_again(self):
        for position in range(5, 60, 7):
            with aws_calls(die_after=position) as calls:
                try:
                    persona.erase(CF)
                except ProcessKilled:
                    continue
            assert calls
        persona.erase(CF)

        assert mentions() == {f"archivio/{ORIGINALE}"}
        assert proved().differenze == ()

    def test_logs_nothing_of_the_person(self, caplog):
        persona.erase(CF)

        assert CF not in caplog.text
        assert NOME not in caplog.text
