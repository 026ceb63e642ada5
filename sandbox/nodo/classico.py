"""The classic conversation of modello 3: paaVerificaRPT, paaAttivaRPT, and the RT that answers the RPT."""

import uuid
from dataclasses import replace
from datetime import datetime

from chalicelib.kernel.importo import ZERO, Importo
from chalicelib.kernel.rome_time import rome_day
from chalicelib.nodo.messages.dati_pagamento import DatiPagamentoPa
from chalicelib.nodo.messages.intestazione_ppt import IntestazionePpt
from chalicelib.nodo.messages.paa_attiva_rpt import DatiPagamentoPsp, PaaAttivaRpt, PaaAttivaRptRisposta
from chalicelib.nodo.messages.paa_invia_rt import PaaInviaRt, PaaInviaRtRisposta
from chalicelib.nodo.messages.paa_verifica_rpt import PaaVerificaRpt, PaaVerificaRptRisposta
from chalicelib.nodo.messages.rpt import DatiSingoloVersamento, Rpt
from chalicelib.nodo.messages.rt import AllegatoRicevuta, DatiPagamento, DatiSingoloPagamento, Rt, write_rt
from chalicelib.nodo.messages.soggetti import Dominio, IdentificativoUnivoco, IstitutoAttestante
from sandbox.nodo import client
from sandbox.nodo.bollo import marca_per
from sandbox.nodo.client import GovPayClient
from sandbox.nodo.model import Psp, Rifiuto, Stazione

ESEGUITO, NON_ESEGUITO = "0", "1"


def intestazione(stazione: Stazione, *, id_dominio: str, iuv: str, ccp: str) -> IntestazionePpt:
    return IntestazionePpt(
        identificativo_intermediario_pa=stazione.id_intermediario,
        identificativo_stazione_intermediario_pa=stazione.id_stazione,
        identificativo_dominio=id_dominio,
        identificativo_univoco_versamento=iuv,
        codice_contesto_pagamento=ccp,
    )


def verifica(govpay: GovPayClient, testa: IntestazionePpt, psp: Psp) -> DatiPagamentoPa:
    """Ask what is due.

    :raises Rifiuto:
    """
    richiesta = PaaVerificaRpt(identificativo_psp=psp.id_psp)
    risposta = govpay.call(
        client.CCP,
        "paaVerificaRPT",
        richiesta,
        PaaVerificaRptRisposta,
        header=testa,
        secondi=client.SECONDI_RICHIESTA,
    )
    return _dati(risposta.dati_pagamento_pa)


def attiva(govpay: GovPayClient, testa: IntestazionePpt, psp: Psp, importo: Importo) -> DatiPagamentoPa:
    """Begin the payment; the RPT comes later, by nodoInviaRPT.

    :raises Rifiuto:
    """
    richiesta = PaaAttivaRpt(
        identificativo_psp=psp.id_psp,
        dati_pagamento_psp=DatiPagamentoPsp(importo_singolo_versamento=importo),
        identificativo_intermediario_psp=psp.id_intermediario,
        identificativo_canale_psp=psp.id_canale,
    )
    risposta = govpay.call(
        client.CCP, "paaAttivaRPT", richiesta, PaaAttivaRptRisposta, header=testa, secondi=client.SECONDI_RICHIESTA
    )
    return _dati(risposta.dati_pagamento_pa)


def causale(dati: DatiPagamentoPa) -> str:
    spezzoni = (one if isinstance(one, str) else one.causale_spezzone for one in dati.spezzoni_causale_versamento)
    return dati.causale_versamento or " ".join(spezzoni)


def invia_rt(govpay: GovPayClient, testa: IntestazionePpt, rt: bytes) -> None:
    """Deliver an RT.

    :raises Rifiuto:
    """
    richiesta = PaaInviaRt(tipo_firma="0", rt=rt)
    govpay.call(client.RT, "paaInviaRT", richiesta, PaaInviaRtRisposta, header=testa, secondi=client.SECONDI_RICEVUTA)


def rt_of(rpt: Rpt, psp: Psp, *, positiva: bool, now: datetime) -> bytes:
    """Write the RT of an RPT: same number and order of singoli pagamenti (SACI), none when nothing was paid."""
    versamento = rpt.dati_versamento
    singoli = tuple(_singolo(one, now) for one in versamento.dati_singolo_versamento) if positiva else ()
    return write_rt(
        Rt(
            versione_oggetto="6.2.0",
            dominio=Dominio(
                identificativo_dominio=rpt.dominio.identificativo_dominio,
                identificativo_stazione_richiedente=rpt.dominio.identificativo_stazione_richiedente,
            ),
            identificativo_messaggio_ricevuta=uuid.uuid4().hex,
            data_ora_messaggio_ricevuta=now,
            riferimento_messaggio_richiesta=rpt.identificativo_messaggio_richiesta,
            riferimento_data_richiesta=rome_day(rpt.data_ora_messaggio_richiesta),
            istituto_attestante=_attestante(psp),
            ente_beneficiario=rpt.ente_beneficiario,
            soggetto_versante=rpt.soggetto_versante,
            soggetto_pagatore=rpt.soggetto_pagatore,
            dati_pagamento=DatiPagamento(
                codice_esito_pagamento=ESEGUITO if positiva else NON_ESEGUITO,
                importo_totale_pagato=versamento.importo_totale_da_versare if positiva else ZERO,
                identificativo_univoco_versamento=versamento.identificativo_univoco_versamento,
                codice_contesto_pagamento=versamento.codice_contesto_pagamento,
                dati_singolo_pagamento=singoli,
            ),
        )
    )


def clone_of(rpt: Rpt, ccp: str) -> Rpt:
    """Give the same RPT under another ccp."""
    return replace(rpt, dati_versamento=replace(rpt.dati_versamento, codice_contesto_pagamento=ccp))


def _singolo(versamento: DatiSingoloVersamento, now: datetime) -> DatiSingoloPagamento:
    richiesta = versamento.dati_marca_bollo_digitale
    bollo = None
    if richiesta is not None:
        bollo = AllegatoRicevuta(tipo_allegato_ricevuta="BD", testo_allegato=marca_per(richiesta.hash_documento))
    return DatiSingoloPagamento(
        singolo_importo_pagato=versamento.importo_singolo_versamento,
        esito_singolo_pagamento="PAGATO",
        data_esito_singolo_pagamento=rome_day(now),
        identificativo_univoco_riscossione=uuid.uuid4().hex,
        causale_versamento=versamento.causale_versamento,
        dati_specifici_riscossione=versamento.dati_specifici_riscossione,
        commissioni_applicate_psp=Importo(100),
        allegato_ricevuta=bollo,
    )


def _attestante(psp: Psp) -> IstitutoAttestante:
    chi = IdentificativoUnivoco(tipo_identificativo_univoco="B", codice_identificativo_univoco=psp.id_psp)
    return IstitutoAttestante(identificativo_univoco_attestante=chi, denominazione_attestante=psp.ragione_sociale)


def _dati(dati: DatiPagamentoPa | None) -> DatiPagamentoPa:
    if dati is None:
        raise Rifiuto("PPT_STAZIONE_INT_PA_ERRORE_RESPONSE", "GovPay ha risposto OK senza datiPagamentoPA.")
    return dati
