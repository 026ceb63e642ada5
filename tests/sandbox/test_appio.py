"""App IO: as the service of an ente meets it, asked by GovPay's own client; and what the giornale has of it."""

import json
from dataclasses import replace

import pytest
import requests

from chalicelib.kernel.exchange import Componente, Esito
from chalicelib.promemoria import app_io, testi
from chalicelib.promemoria.model import Consegna
from chalicelib.rest.operation import Edge
from sandbox import sample
from sandbox.appio import appio as model
from sandbox.appio.appio import AppIo, Iscrizione
from sandbox.appio.server import MESSAGGIO, PROFILO, SERVICE_PATH, server
from tests.builders_pagamenti import NOW, a_pendenza

MARIA, LUCA, GIULIA = (one["identificativo"] for one in (sample.MARIA, sample.LUCA, sample.GIULIA))
TESTO = testi.Testo(oggetto="Avviso", messaggio="C'è da pagare la tassa sui rifiuti.", is_html=False)
CHIAVE = {"Ocp-Apim-Subscription-Key": sample.APP_IO_KEY}


@pytest.fixture
def appio() -> AppIo:
    iscritti = {MARIA: Iscrizione.AMMETTE, LUCA: Iscrizione.NON_AMMETTE}
    return AppIo(chiave=sample.APP_IO_KEY, iscritti=iscritti, attesa=lambda _secondi: None)


@pytest.fixture
def url(appio):
    with server(appio) as running:
        yield running.url


@pytest.fixture
def eventi(monkeypatch):
    kept: list = []
    monkeypatch.setattr(Edge, "recorder", kept.append)
    return kept


def of(codice_fiscale):
    pendenza = a_pendenza()
    return replace(pendenza, soggetto_pagatore=replace(pendenza.soggetto_pagatore, identificativo=codice_fiscale))


def may_write(url, codice_fiscale=MARIA, key=sample.APP_IO_KEY):
    return app_io.may_write(url + SERVICE_PATH, key, of(codice_fiscale), now=NOW)


def send(url, codice_fiscale=MARIA, key=sample.APP_IO_KEY):
    pendenza = of(codice_fiscale)
    message = app_io.message_of(TESTO, pendenza, with_payment=True)
    return app_io.send(url + SERVICE_PATH, key, message, pendenza, now=NOW)


class TestACitizen:
    def test_who_lets_the_service_write_has_the_message(self, url, appio, eventi):
        assert may_write(url) is None
        assert send(url).consegna is Consegna.PRESA

        (messaggio,) = appio.messaggi()
        assert messaggio.testo.pagamento.numero_avviso == a_pendenza().numero_avviso
        assert messaggio.testo.pagamento.importo == a_pendenza().importo
        read = requests.get(f"{url}/messaggi/{MARIA}/{messaggio.id}", timeout=5)
        assert "tassa sui rifiuti" in read.text

    @pytest.mark.parametrize(("chi", "motivo"), [(LUCA, "non riceve messaggi"), (GIULIA, "non è su App IO")])
    def test_who_does_not_is_not_written_to(self, url, eventi, chi, motivo):
        refused = may_write(url, chi)

        assert refused.consegna is Consegna.RIFIUTATA
        assert motivo in refused.motivo
        assert send(url, chi).consegna is not Consegna.PRESA

    def test_changes_their_mind(self, url, eventi):
        requests.put(f"{url}/api/cittadini/{LUCA}", json={"iscrizione": "AMMETTE"}, timeout=5)

        assert may_write(url, LUCA) is None


class TestAppIoThatFails:
    @pytest.mark.parametrize(
        ("guasto", "consegna"),
        [
            (model.TROPPE, Consegna.RIMANDATA), (model.ERRORE, Consegna.RIMANDATA),
            (model.IRRAGGIUNGIBILE, Consegna.INCERTA), (model.PERSA, Consegna.INCERTA), (model.LENTA, Consegna.PRESA),
        ],
    )  # fmt: skip
    def test_leaves_the_message_where_the_client_says(self, url, appio, eventi, guasto, consegna):
        appio.guasti.accendi(guasto, operazione=MESSAGGIO)

        assert send(url).consegna is consegna
        assert len(appio.messaggi()) == (guasto in {model.PERSA, model.LENTA})

    def test_says_when_to_come_again(self, url, eventi):
        requests.post(f"{url}/api/guasti", json={"nome": model.TROPPE, "volte": 1}, timeout=5)

        assert may_write(url).attesa == model.RIPROVA_DOPO
        assert may_write(url) is None

    def test_wants_the_key(self, url, eventi):
        assert may_write(url, key="un'altra").consegna is Consegna.RIMANDATA

    @pytest.mark.parametrize(
        ("change", "campo"),
        [
            ({"fiscal_code": "X"}, "fiscal_code"), ({"time_to_live": 10}, "time_to_live"), ({"content": None}, "content"),
            ({"content": {"subject": "corto"}}, "subject"),
        ],
    )  # fmt: skip
    def test_refuses_what_is_no_message_and_names_the_field(self, url, change, campo):
        message = app_io.message_of(TESTO, of(MARIA), with_payment=True) | change

        answer = requests.post(f"{url}{SERVICE_PATH}/messages", json=message, headers=CHIAVE, timeout=5)

        assert answer.status_code == 400
        assert campo in answer.json()["detail"]


class TestTheGiornale:
    def test_has_both_calls_and_names_nobody_outside_the_bodies(self, url, eventi):
        may_write(url)
        send(url)

        assert [(e.componente, e.tipo_evento, e.esito, e.sottotipo_esito) for e in eventi] == [
            (Componente.API_BACKEND_IO, PROFILO, Esito.OK, "200"),
            (Componente.API_BACKEND_IO, MESSAGGIO, Esito.OK, "201"),
        ]
        assert {e.about.id_pendenza for e in eventi} == {a_pendenza().id_pendenza}
        assert json.loads(eventi[1].richiesta.payload)["fiscal_code"] == MARIA
        for evento in eventi:
            bare = replace(
                evento, richiesta=replace(evento.richiesta, payload=b""), risposta=replace(evento.risposta, payload=b"")
            )
            assert MARIA not in repr(bare)
            assert sample.APP_IO_KEY not in repr(evento)

    @pytest.mark.parametrize(
        ("guasto", "told"),
        [
            (model.TROPPE, (Esito.KO, "429")), (model.ERRORE, (Esito.FAIL, "500")),
            (model.IRRAGGIUNGIBILE, (Esito.FAIL, None)),
        ],
    )  # fmt: skip
    def test_tells_who_failed(self, url, appio, eventi, guasto, told):
        appio.guasti.accendi(guasto, operazione=MESSAGGIO)
        send(url)

        assert [(e.esito, e.sottotipo_esito) for e in eventi] == [told]
