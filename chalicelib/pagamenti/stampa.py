"""A ricevuta as it is handed to the printer: what the paper says, and in which words."""

from chalicelib.anagrafica.images import Logo
from chalicelib.anagrafica.model import Dominio
from chalicelib.pagamenti.model import EsitoPagamento, Formato, Ricevuta, Rpp, VocePagata
from chalicelib.pagamenti.ricevuta_pdf import RicevutaStampa, SoggettoStampa, VoceStampa, render_ricevuta
from chalicelib.pendenze.model import Pendenza, Soggetto

_ESITI = {
    EsitoPagamento.ESEGUITO: "Eseguito",
    EsitoPagamento.NON_ESEGUITO: "Non eseguito",
    EsitoPagamento.ESEGUITO_PARZIALE: "Eseguito in parte",
    EsitoPagamento.DECORRENZA: "Termini decorsi",
    EsitoPagamento.DECORRENZA_PARZIALE: "Termini decorsi in parte",
}
_TESTO = "/TXT/"


def print_ricevuta(
    ricevuta: Ricevuta,
    rpp: Rpp,
    *,
    pendenza: Pendenza | None,
    dominio: Dominio | None,
    logo: Logo | None,
    debitore: bool,
) -> bytes:
    """Print a ricevuta; the debtor is named on it only where it is asked for (`visualizzaSoggettoDebitore`)."""
    return render_ricevuta(
        RicevutaStampa(
            ente_nome=ricevuta.ente.denominazione,
            ente_codice_fiscale=ricevuta.id_dominio,
            ente_indirizzo=_indirizzo(dominio),
            logo=None if logo is None else logo.content,
            oggetto=rpp.causale or ricevuta.descrizione or "",
            importo=ricevuta.importo,
            esito=_ESITI[ricevuta.esito],
            psp_nome=ricevuta.istituto.denominazione,
            psp_codice=ricevuta.istituto.codice,
            iuv=ricevuta.iuv,
            numero_avviso=ricevuta.numero_avviso or rpp.numero_avviso or "",
            identificativo=ricevuta.ccp,
            data_operazione=ricevuta.data_pagamento or ricevuta.data_messaggio,
            data_applicativa=ricevuta.data_applicazione,
            debitore=_soggetto(ricevuta.pagatore) if debitore else None,
            versante=_soggetto(ricevuta.versante) if debitore and ricevuta.versante is not None else None,
            canale=ricevuta.descrizione_canale or "",
            commissioni=ricevuta.commissioni,
            voci=tuple(_voce(voce, ricevuta) for voce in ricevuta.voci),
            sha256=ricevuta.sha256,
            nota=_nota(pendenza),
        )
    )


def _indirizzo(dominio: Dominio | None) -> tuple[str, ...]:
    if dominio is None:
        return ()
    recapiti = dominio.recapiti
    via = " ".join(part for part in (recapiti.indirizzo, recapiti.civico) if part)
    provincia = f"({recapiti.provincia})" if recapiti.provincia else None
    citta = " ".join(part for part in (recapiti.cap, recapiti.localita, provincia) if part)
    return tuple(line for line in (via, citta) if line)


def _soggetto(soggetto: Soggetto) -> SoggettoStampa:
    return SoggettoStampa(nome=soggetto.anagrafica or "", codice_fiscale=soggetto.identificativo)


def _voce(voce: VocePagata, ricevuta: Ricevuta) -> VoceStampa:
    """Give a line. The IUR is told for an RT only: that of a receipt is its id, which stands above."""
    return VoceStampa(
        causale=voce.causale.partition(_TESTO)[2] or voce.causale,
        importo=voce.importo,
        id_riscossione=voce.iur if ricevuta.formato is Formato.RPT else None,
        beneficiario=voce.id_dominio,
    )


def _nota(pendenza: Pendenza | None) -> str:
    proprieta = None if pendenza is None else pendenza.proprieta
    if proprieta is None:
        return ""
    return "\n".join(line for line in (proprieta.linea_testo_ricevuta1, proprieta.linea_testo_ricevuta2) if line)
