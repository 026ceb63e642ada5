"""What must hold when everybody comes at once: three processes of GovPay, threads in each, a DynamoDB that is not moto.

Every number, receipt, cart, flow, incasso and row has one owner, whoever else asked for it in the same moment.
"""

import csv
import io
import json
from collections import Counter
from datetime import date

import boto3
import pytest
import requests

from chalicelib.kernel.importo import Importo
from chalicelib.pagamenti.model import TipoNotifica
from chalicelib.settings import settings
from chalicelib.tracciati.mappa.standard import COLONNE
from chalicelib.tracciati.states import Fase
from sandbox import sample
from sandbox.api_client import BACKOFFICE
from sandbox.attesa import finche
from sandbox.nodo.model import Protocollo
from sandbox.simulatore.invarianti import SEMPRE, violazioni
from tests.concurrency.mondo import codici, insieme, riuscite

TUTTI = 12
_DUPLICATA = {"PAA_RECEIPT_DUPLICATA", "PAA_RT_DUPLICATA"}
_IN_CORSO = {"PAG_014", "409"}


@pytest.fixture(autouse=True)
def _books_that_agree(mondo):
    yield
    assert violazioni(mondo.libri(), SEMPRE) == []


class TestPendenzeLoadedTogether:
    def test_have_each_an_iuv_of_its_own(self, mondo):
        caricate = insieme([lambda n=n: mondo.carica(f"NUOVA-{n}") for n in range(2 * TUTTI)])

        numeri = [una["numeroAvviso"] for una in riuscite(caricate)]
        assert len(set(numeri)) == 2 * TUTTI

    def test_that_are_one_are_each_stored_or_refused_by_name(self, mondo):
        importi = [f"{n}.00" for n in range(1, TUTTI + 1)]

        risposte = insieme([lambda i=importo: mondo.carica("UNA", i) for importo in importi])

        stored = riuscite(risposte)
        assert stored
        assert codici(risposte) <= {"409"}
        (pendenza,) = [una for una in mondo.libri().pendenze if una.id_pendenza == "UNA"]
        assert {una["numeroAvviso"] for una in stored} == {pendenza.numero_avviso}
        assert pendenza.versione == len(stored)
        assert str(pendenza.importo) in importi


class TestAReceiptDeliveredManyTimesAtOnce:
    @pytest.mark.parametrize("protocollo", [Protocollo.V2, Protocollo.V1, Protocollo.CLASSICO])
    def test_is_one_riscossione_and_one_notifica(self, mondo, protocollo):
        caricata = mondo.carica(f"RICEVUTA-{protocollo}", "20.00")
        ricevuta = mondo.paga(caricata["numeroAvviso"], "20.00", protocollo=protocollo)

        risposte = insieme([ricevuta.consegna] * TUTTI)

        said = Counter(getattr(una, "originale", "OK") for una in risposte)
        assert set(said) <= {"OK", *_DUPLICATA}
        self.is_paid_once(mondo, f"RICEVUTA-{protocollo}")

    def is_paid_once(self, mondo, id_pendenza):
        libri = mondo.libri()
        (posto,) = [p for p in libri.posti.values() if p.posizione and p.posizione.id_pendenza == id_pendenza]
        assert len(posto.riscossioni) == len(posto.ricevute) == 1
        assert posto.posizione.importo_pagato == Importo.parse("20.00")
        told = [una for una in libri.notifiche if una.iuv == posto.iuv and una.tipo is TipoNotifica.RICEVUTA]
        assert len(told) == 1

    def test_with_another_of_the_same_pendenza_is_a_payment_of_its_own(self, mondo):
        caricata = mondo.carica("DUE-VOLTE", "20.00")
        ricevute = []
        for _ in range(2):
            ricevute.append(mondo.paga(caricata["numeroAvviso"], "20.00"))
            mondo.nodo.scade(ricevute[-1].token)

        insieme([una.consegna for una in ricevute * (TUTTI // 2)])

        (posto,) = [p for p in mondo.libri().posti.values() if p.posizione and p.posizione.id_pendenza == "DUE-VOLTE"]
        assert len(posto.riscossioni) == 2
        assert posto.posizione.anomalo


class TestCartsOfOnePendenza:
    def test_begun_together_are_one(self, mondo):
        mondo.carica("CARRELLO")

        risposte = insieme([lambda n=n: mondo.carrello("CARRELLO", f"visita-{n}") for n in range(TUTTI)])

        assert len(riuscite(risposte)) == 1
        assert codici(risposte) <= _IN_CORSO
        assert len(self.at_checkout(mondo, "CARRELLO")) == 1

    def test_asked_for_again_by_the_same_visit_are_the_first(self, mondo):
        mondo.carica("RIPETUTO")

        risposte = insieme([lambda: mondo.carrello("RIPETUTO", "la stessa")] * TUTTI)

        assert len({una["id"] for una in riuscite(risposte)}) == 1
        assert codici(risposte) <= _IN_CORSO
        assert len(self.at_checkout(mondo, "RIPETUTO")) == 1

    def at_checkout(self, mondo, id_pendenza):
        (pendenza,) = [una for una in mondo.libri().pendenze if una.id_pendenza == id_pendenza]
        return [
            carrello
            for carrello in mondo.checkout.tutti()
            if any(avviso.numero_avviso == pendenza.numero_avviso for avviso in carrello.richiesta.avvisi)
        ]


@pytest.fixture(scope="module")
def flussi(mondo):
    """Give the flows of six payments, acquired by whoever came first."""
    scuola = {"protocollo": Protocollo.V1, "ente": sample.SCUOLA.id_dominio}
    for n in range(6):
        caricata = mondo.carica(f"FLUSSO-{n}", f"{30 + n}.00", tipo="gita")
        mondo.paga(caricata["numeroAvviso"], f"{30 + n}.00", **scuola).consegna()
    # Of the school, whose flows come from the Nodo: FdR is asked once a second, whoever asks.
    fatti = mondo.nodo.rendicontazione.rendiconta(id_dominio=sample.SCUOLA.id_dominio)
    insieme([lambda: mondo.backoffice().get("/operazioni/acquisizioneRendicontazioni")] * TUTTI)
    attesi = {uno.id_flusso for uno in fatti}
    assert finche(lambda: attesi <= {uno.chiave.id_flusso for uno in mondo.libri().flussi}, secondi=60)
    return fatti


class TestMoneyAtTheBank:
    def test_is_reported_by_flows_acquired_once_and_whole(self, mondo, flussi):
        libri = mondo.libri()

        assert Counter(uno.chiave.id_flusso for uno in libri.flussi) == {uno.id_flusso: 1 for uno in flussi}
        assert sum(len(righe) for righe in libri.righe.values()) == sum(len(uno.righe) for uno in flussi)

    def test_of_a_flow_is_claimed_by_one_incasso(self, mondo, flussi):
        flusso = flussi[0]

        risposte = insieme([lambda n=n: self.incassa(mondo, flusso, f"SCT-{n}") for n in range(TUTTI)])

        assert len(riuscite(risposte)) == 1
        assert {"021409", "021410"} >= codici(risposte) != set()

    def test_claimed_again_by_the_same_movement_is_the_same_incasso(self, mondo, flussi):
        flusso = flussi[1]

        risposte = insieme([lambda: self.incassa(mondo, flusso, "SCT-UNO")] * TUTTI)

        assert len({una["idIncasso"] for una in riuscite(risposte)}) == 1
        assert codici(risposte) <= {"409"}
        assert finche(lambda: self.is_collected(mondo, flusso))

    def incassa(self, mondo, flusso, sct):
        corpo = {
            "causale": f"/PUR/LGPE-RIVERSAMENTO/URI/{flusso.id_flusso}",
            "importo": flusso.accreditato,
            "dataValuta": date(2026, 11, 24),
            "sct": sct,
        }
        return mondo.backoffice().post(f"/incassi/{flusso.id_dominio}", corpo)

    def is_collected(self, mondo, flusso):
        iur = {riga.iur for riga in flusso.righe}
        found = [una for una in mondo.libri().riscossioni if una.iur in iur]
        return len(found) == len(iur) and all(una.id_incasso for una in found)


class TestATracciatoWorkedByManyAtOnce:
    RIGHE = 40

    def test_has_its_rows_done_once(self, mondo):
        tracciato = self.sent(mondo)

        assert finche(lambda: self.state(mondo, self.told_again(tracciato))["stato"] == "ESEGUITO")

        assert self.state(mondo, tracciato)["numeroOperazioniEseguite"] == self.RIGHE
        loaded = [una for una in mondo.libri().pendenze if una.id_pendenza.startswith("RIGA-")]
        assert sorted(una.id_pendenza for una in loaded) == [f"RIGA-{n:03d}" for n in range(self.RIGHE)]
        assert {una.versione for una in loaded} == {1}

    def state(self, mondo, tracciato):
        return mondo.backoffice().get(f"/pendenze/tracciati/{tracciato['id']}")

    def sent(self, mondo):
        answer = requests.post(
            f"{mondo.funzioni[0]}{BACKOFFICE}/pendenze/tracciati/{sample.DOMINIO}",
            params={"nomeFile": "insieme.csv", "stampaAvvisi": "false"},
            data=self.content(),
            headers={"Content-Type": "text/csv"},
            auth=(sample.ADMIN, sample.ADMIN_PASSWORD),
            timeout=30,
        )
        assert answer.ok, answer.text
        return answer.json()

    def told_again(self, tracciato):
        """Let the queue give what it gives once more, to everybody."""
        sqs = boto3.client("sqs")
        url = sqs.get_queue_url(QueueName=settings().prefix + "tracciati")["QueueUrl"]
        corpo = json.dumps({"id": tracciato["id"], "fase": Fase.INSERIMENTI, "blocco": 0})
        for _ in range(3):
            sqs.send_message(QueueUrl=url, MessageBody=corpo)
        return tracciato

    def content(self):
        text = io.StringIO()
        writer = csv.DictWriter(text, COLONNE, restval="")
        writer.writeheader()
        for numero in range(self.RIGHE):
            writer.writerow(
                {
                    "idA2A": sample.ID_A2A,
                    "idPendenza": f"RIGA-{numero:03d}",
                    "idDominio": sample.DOMINIO,
                    "tipoPendenza": "tari",
                    "causale": f"TARI, utenza {numero}",
                    "importo": "61.25",
                    "dataScadenza": "2027-06-30",
                    "tipoSoggettoPagatore": "F",
                    "identificativoPagatore": "RSSMRA80A01H501U",
                    "anagraficaPagatore": "Mario Rossi",
                    "idVoce1": "1",
                    "importoVoce1": "61.25",
                    "descrizioneVoce1": "TARI 2026",
                    "tipoEntrataVoce1": "tari",
                }
            )
        return text.getvalue().encode()


class TestTheContention:
    def test_was_there(self, mondo):
        """Without it the others would prove nothing."""
        cifre = mondo.cifre()

        assert cifre["insieme"] >= 4
        assert cifre["conflitti"] > 0
        assert cifre["perse"] > 0
