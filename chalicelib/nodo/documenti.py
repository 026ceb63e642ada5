"""An attempt and a ricevuta as the documents of AgID, RPT and RT 6.2: implements pagamenti.ports.Documenti.

What came as a paSendRT is written as the RT that says the same, so that whoever reads RTs reads all of them.
"""

import base64

from chalicelib.kernel.rome_time import rome_day
from chalicelib.nodo.messages import rpt as rpt_message
from chalicelib.nodo.messages import rt as rt_message
from chalicelib.nodo.messages.rpt import write_rpt
from chalicelib.nodo.messages.rt import write_rt
from chalicelib.nodo.messages.soggetti import Dominio
from chalicelib.nodo.testi import (
    ente_beneficiario,
    istituto_attestante,
    pagatore,
    testo_pieno,
    versante,
)
from chalicelib.pagamenti.model import Ricevuta, Rpp, VocePagata, VoceRichiesta
from chalicelib.pagamenti.schemas import dati_specifici

VERSIONE = "6.2.0"


class Documenti:
    """Implements pagamenti.ports.Documenti."""

    def rpt(self, rpp: Rpp) -> bytes:
        return write_rpt(rpt_of(rpp))

    def rt(self, ricevuta: Ricevuta, rpp: Rpp) -> bytes:
        return write_rt(rt_of(ricevuta, rpp))


def rpt_of(rpp: Rpp) -> rpt_message.Rpt:
    return rpt_message.Rpt(
        versione_oggetto=VERSIONE,
        dominio=Dominio(identificativo_dominio=rpp.id_dominio, identificativo_stazione_richiedente=rpp.id_stazione),
        identificativo_messaggio_richiesta=rpp.id_messaggio,
        data_ora_messaggio_richiesta=rpp.creata,
        autenticazione_soggetto=rpp.autenticazione,
        soggetto_versante=versante(rpp.versante),
        soggetto_pagatore=pagatore(rpp.pagatore),
        ente_beneficiario=ente_beneficiario(rpp.ente),
        dati_versamento=rpt_message.DatiVersamento(
            data_esecuzione_pagamento=rpp.data_esecuzione or rome_day(rpp.creata),
            importo_totale_da_versare=rpp.importo,
            tipo_versamento=rpp.tipo_versamento,
            identificativo_univoco_versamento=rpp.iuv,
            codice_contesto_pagamento=rpp.ccp,
            iban_addebito=rpp.iban_addebito,
            bic_addebito=rpp.bic_addebito,
            firma_ricevuta="0",
            dati_singolo_versamento=tuple(_versamento(voce, rpp.credenziali_pagatore) for voce in rpp.voci),
        ),
    )


def _versamento(voce: VoceRichiesta, credenziali_pagatore: str | None) -> rpt_message.DatiSingoloVersamento:
    bollo = voce.bollo
    return rpt_message.DatiSingoloVersamento(
        importo_singolo_versamento=voce.importo,
        iban_accredito=voce.iban_accredito,
        bic_accredito=voce.bic_accredito,
        iban_appoggio=voce.iban_appoggio,
        bic_appoggio=voce.bic_appoggio,
        credenziali_pagatore=credenziali_pagatore,
        causale_versamento=testo_pieno(voce.causale, 140, otherwise="-"),
        dati_specifici_riscossione=dati_specifici(voce.dati_specifici_riscossione),
        dati_marca_bollo_digitale=None
        if bollo is None
        else rpt_message.DatiMarcaBolloDigitale(
            tipo_bollo=bollo.tipo,
            hash_documento=base64.b64decode(bollo.hash_documento),
            provincia_residenza=bollo.provincia_residenza,
        ),
    )


def rt_of(ricevuta: Ricevuta, rpp: Rpp) -> rt_message.Rt:
    return rt_message.Rt(
        versione_oggetto=VERSIONE,
        dominio=Dominio(
            identificativo_dominio=ricevuta.id_dominio, identificativo_stazione_richiedente=rpp.id_stazione
        ),
        identificativo_messaggio_ricevuta=ricevuta.id_messaggio[:35],
        data_ora_messaggio_ricevuta=ricevuta.data_messaggio,
        riferimento_messaggio_richiesta=ricevuta.riferimento_messaggio or rpp.id_messaggio,
        riferimento_data_richiesta=ricevuta.riferimento_data or rome_day(rpp.creata),
        istituto_attestante=istituto_attestante(ricevuta.istituto),
        ente_beneficiario=ente_beneficiario(ricevuta.ente),
        soggetto_versante=versante(ricevuta.versante),
        soggetto_pagatore=pagatore(ricevuta.pagatore),
        dati_pagamento=rt_message.DatiPagamento(
            codice_esito_pagamento=ricevuta.esito.codice,
            importo_totale_pagato=ricevuta.importo,
            identificativo_univoco_versamento=ricevuta.iuv,
            codice_contesto_pagamento=ricevuta.ccp[:35],
            dati_singolo_pagamento=tuple(_pagamento(voce) for voce in ricevuta.voci),
        ),
    )


def _pagamento(voce: VocePagata) -> rt_message.DatiSingoloPagamento:
    allegato = None
    if voce.allegato is not None and voce.tipo_allegato is not None:
        allegato = rt_message.AllegatoRicevuta(
            tipo_allegato_ricevuta=voce.tipo_allegato, testo_allegato=base64.b64decode(voce.allegato)
        )
    return rt_message.DatiSingoloPagamento(
        singolo_importo_pagato=voce.importo,
        esito_singolo_pagamento=voce.esito,
        data_esito_singolo_pagamento=voce.data,
        identificativo_univoco_riscossione=voce.iur[:35],
        causale_versamento=testo_pieno(voce.causale, 140, otherwise="-"),
        dati_specifici_riscossione=dati_specifici(voce.dati_specifici_riscossione),
        commissioni_applicate_psp=voce.commissioni_psp,
        commissioni_applicate_pa=voce.commissioni_pa,
        allegato_ricevuta=allegato,
    )
