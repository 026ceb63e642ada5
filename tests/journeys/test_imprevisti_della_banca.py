"""Whatever the bank writes, every movement ends in the outcome that the bank knows to be right."""

from datetime import date, timedelta

import pytest

from chalicelib.kernel.importo import Importo
from chalicelib.pagamenti import repository as pagamenti
from chalicelib.pagamenti.states import StatoRiscossione
from chalicelib.riconciliazione.esiti import EsitoMovimento
from sandbox import sample
from sandbox.bank.formati import Formato, write
from sandbox.bank.imprevisti import due_giorni
from sandbox.bank.opi import Giornale
from sandbox.fdr.archivio import Pagato, Rendicontazione
from sandbox.fdr.servizi import flusso_xml
from sandbox.nodo.client import GovPayClient
from sandbox.nodo.model import PSP_NOTI
from sandbox.nodo.nodo import Nodo
from sandbox.nodo.registro import Registro
from tests.builders_importazione import ENTE, NOW, comune_with_archive, imported, movimenti_of, seed_flusso
from tests.builders_riconciliazione import iuv

REVOCATO = 3  # the place of the payment that is revoked


def pagati(giorno: int):
    """Give what was paid on a day by each PSP: two payments, and a revocation, without a minus as the schema has it."""
    for posto, psp in enumerate(PSP_NOTI):
        for numero in (1, 2, REVOCATO):
            n = giorno * 100 + posto * 10 + numero
            yield Pagato(
                id_psp=psp.id_psp,
                ragione_sociale=psp.ragione_sociale,
                id_dominio=ENTE,
                iban="IT60X0542811101000000123456",
                iuv=iuv(n),
                iur=f"IUR{n:012d}",
                indice=1,
                importo=Importo(10_000 + n),
                esito="3" if numero == REVOCATO else "0489"[n % 4],
                data=date(2026, 11, 20),
            )


@pytest.fixture
def fonte(aws):
    with comune_with_archive() as fonte:
        yield fonte


def flussi_of(fonte):
    """Have three PSPs send a flow a day, for nine days; give them, each acquired."""
    registro, tutti = Registro(), []
    nodo = Nodo(anagrafica=sample.anagrafica_nodo(), govpay=GovPayClient("", "", "", registro), registro=registro)
    for giorno in range(9):
        pubblicato = NOW - timedelta(days=9 - giorno)
        of_giorno = Rendicontazione(lambda giorno=giorno: pagati(giorno), now=lambda pubblicato=pubblicato: pubblicato)
        tutti += of_giorno.rendiconta(altrui=giorno % 3)
    for flusso in tutti:
        seed_flusso(fonte, flusso_xml(nodo, flusso))
    return tutti


def giornale_of(numero, movimenti, formato=Formato.OPI):
    return write(
        Giornale(
            numero=numero,
            id_dominio=ENTE,
            denominazione="Comune",
            giorno=date(2026, 11, 24),
            chiuso_il=NOW,
            saldo=Importo(0),
            movimenti=movimenti,
        ),
        formato,
    )


def compared(rows):
    """Give place, causale and outcome of each, spaces apart: what is compared movement by movement."""
    return {(posto, " ".join(causale.split()), str(esito)) for posto, causale, esito in rows}


class TestTwoDaysOfTheBank:
    @pytest.mark.parametrize("formato", [Formato.OPI, Formato.CAMT])
    @pytest.mark.parametrize("seme", [1, 7, 20261124])
    def test_end_as_the_bank_knows(self, fonte, seme, formato):
        banca = due_giorni(flussi_of(fonte), seme=seme)

        primo = imported(giornale_of(1, banca.primo, formato), "primo.xml")
        secondo = imported(giornale_of(2, banca.secondo, formato), "secondo.xml")

        assert compared((m.numero, m.movimento.causale, m.esito) for m in movimenti_of(primo)) == compared(
            (posto, m.causale, m.atteso) for posto, m in enumerate(banca.primo, 1)
        )
        assert compared((m.numero, m.movimento.causale, m.esito) for m in movimenti_of(secondo)) == compared(
            (posto, m.causale, m.atteso) for posto, m in enumerate(banca.secondo, 1) if m.atteso != "GIA_ACQUISITO"
        )
        totali = {str(t.esito): t.quanti for t in secondo.totali}
        assert totali == {
            esito: sum(m.atteso == esito for m in banca.secondo) for esito in {m.atteso for m in banca.secondo}
        }

    def test_end_as_the_bank_knows_for_what_a_csv_tells_of(self, fonte):
        banca = due_giorni(flussi_of(fonte), seme=7)
        stornati = {m.storna for m in (*banca.primo, *banca.secondo)}
        narrati = [m for m in banca.primo if m.entrata and m.storna is None]

        primo = imported(giornale_of(1, banca.primo, Formato.CSV), "primo.csv")

        found = [(m.movimento.numero_provvisorio, str(m.esito)) for m in movimenti_of(primo)]
        attesi = {m.provvisorio: m.atteso for m in narrati if m.numero not in stornati}
        assert len(found) == len(narrati)
        assert {one: esito for one, esito in found if one in attesi and esito != "DUPLICATO"} == {
            one: esito for one, esito in attesi.items() if (one, "DUPLICATO") not in found
        }

    def test_collect_no_payment_that_a_flow_revokes(self, fonte):
        banca = due_giorni(flussi_of(fonte), seme=7)

        riconciliati = [
            m for m in movimenti_of(imported(giornale_of(1, banca.primo))) if m.esito == EsitoMovimento.RICONCILIATO
        ]

        revocati = [
            pagamenti.load(ENTE, numero).riscossioni[0]
            for m in riconciliati
            for numero in m.iuv_pagati
            if numero.endswith(str(REVOCATO))
        ]
        assert revocati
        assert {r.stato for r in revocati} == {StatoRiscossione.RISCOSSA}

    def test_are_the_same_for_the_same_seed(self, fonte):
        flussi = flussi_of(fonte)

        assert due_giorni(flussi, seme=5) == due_giorni(flussi, seme=5) != due_giorni(flussi, seme=6)
