"""What a notice says: its stato, and what is printed of a pendenza. Values in, values out."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from chalicelib.anagrafica.model import UO_ENTE, ContoAccredito
from chalicelib.avvisi.model import Avviso, DestinatarioStampa, Documento, EnteStampa, Parte, Soglia, TipoSoglia
from chalicelib.kernel.identifiers import conto_postale_of, is_iban_postale
from chalicelib.kernel.rome_time import is_decorsa
from chalicelib.pendenze.model import Pendenza, ProprietaPendenza, RiferimentoDocumento, Soggetto
from chalicelib.pendenze.rules.censimento import Ente
from chalicelib.pendenze.states import PAGATI, StatoPendenza


class StatoAvviso(StrEnum):
    """As GovPay really answers (GovPay 3.1 API 1.18)."""

    DUPLICATA = "DUPLICATA"
    NON_ESEGUITA = "NON_ESEGUITA"
    SCADUTA = "SCADUTA"
    ANNULLATA = "ANNULLATA"
    SCONOSCIUTA = "SCONOSCIUTA"


class Immagine(Protocol):
    @property
    def content(self) -> bytes: ...


def stato_avviso(pendenza: Pendenza | None, *, now: datetime) -> StatoAvviso:
    if pendenza is None:
        return StatoAvviso.SCONOSCIUTA
    if pendenza.stato in PAGATI:
        return StatoAvviso.DUPLICATA
    if pendenza.stato is StatoPendenza.ANNULLATO:
        return StatoAvviso.ANNULLATA
    return StatoAvviso.SCADUTA if is_decorsa(pendenza.data_scadenza, now=now) else StatoAvviso.NON_ESEGUITA


def printed(pendenze: Sequence[Pendenza], ente: Ente, logo: Immagine | None, *, lingua: str | None = None) -> Documento:
    """Give what is printed of pendenze: each notice with the place it has in its documento.

    `lingua` is the second language asked for: it wins over that of the pendenza, and `false` means none.
    """
    return Documento(parti=tuple(_parte(pendenza, ente, logo, lingua) for pendenza in pendenze))


def is_to_be_paid(pendenza: Pendenza) -> bool:
    """Tell whether its notice belongs on the paper of a documento: what is paid or cancelled would be paid again."""
    return pendenza.stato is StatoPendenza.NON_ESEGUITO and pendenza.numero_avviso is not None


def _parte(pendenza: Pendenza, ente: Ente, logo: Immagine | None, lingua: str | None) -> Parte:
    riferimento = pendenza.documento
    return Parte(
        avviso=_avviso(pendenza, ente, logo, lingua),
        numero_rata=riferimento.rata if riferimento else None,
        soglia=_soglia(riferimento),
    )


def _avviso(pendenza: Pendenza, ente: Ente, logo: Immagine | None, lingua: str | None) -> Avviso:
    proprieta = pendenza.proprieta or ProprietaPendenza()
    asked = lingua or proprieta.lingua_secondaria
    return Avviso(
        numero_avviso=pendenza.numero_avviso or "",
        id_dominio=pendenza.id_dominio,
        ente=_ente(pendenza, ente, logo),
        destinatario=_destinatario(pendenza.soggetto_pagatore),
        oggetto=pendenza.causale,
        importo=pendenza.importo,
        entro_il=_entro_il(pendenza, proprieta),
        lingua_secondaria=None if asked == "false" else asked,
        causale_secondaria=proprieta.lingua_secondaria_causale or "",
        informativa_importo=proprieta.informativa_importo_avviso,
        informativa_secondaria=proprieta.lingua_secondaria_informativa_importo_avviso,
    )


def _entro_il(pendenza: Pendenza, proprieta: ProprietaPendenza) -> date | None:
    """Give the day to print; none at all where the ente gave none."""
    return proprieta.data_scadenza_avviso or pendenza.data_validita or pendenza.data_scadenza


def _ente(pendenza: Pendenza, ente: Ente, logo: Immagine | None) -> EnteStampa:
    dominio = ente.dominio
    unita = ente.unita.get(pendenza.id_unita_operativa)
    recapiti = dominio.recapiti
    conto, autorizzazione = _conto_postale(pendenza, ente)
    return EnteStampa(
        nome=dominio.ragione_sociale,
        settore=unita.ragione_sociale if unita and pendenza.id_unita_operativa != UO_ENTE else dominio.area or "",
        cbill=dominio.cbill or "",
        sito=recapiti.web or "",
        pec=recapiti.pec or "",
        email=recapiti.email or "",
        telefono=recapiti.tel or "",
        logo=logo.content if logo else None,
        conto_postale=conto_postale_of(conto.iban) if conto else None,
        intestatario=(conto.intestatario if conto else None) or dominio.ragione_sociale,
        autorizzazione_poste=autorizzazione,
    )


def _conto_postale(pendenza: Pendenza, ente: Ente) -> tuple[ContoAccredito | None, str | None]:
    """Give the postal account of the bollettino, with Poste's authorisation to print it; None without both.

    A bollettino pays into one account: that of the first voce, if it is of this ente.
    """
    first = pendenza.voci[0]
    if first.id_dominio is not None:
        return None, None
    for iban in (first.iban_accredito, first.iban_appoggio):
        conto = ente.conti.get(iban) if iban and is_iban_postale(iban) else None
        autorizzazione = (conto.aut_stampa_poste or ente.dominio.aut_stampa_poste) if conto else None
        if autorizzazione:
            return conto, autorizzazione
    return None, None


def _destinatario(soggetto: Soggetto) -> DestinatarioStampa:
    street = " ".join(part for part in (soggetto.indirizzo, soggetto.civico) if part)
    town = " ".join(part for part in (soggetto.cap, soggetto.localita) if part)
    if soggetto.provincia:
        town = f"{town} ({soggetto.provincia})".strip()
    return DestinatarioStampa(
        nome=soggetto.anagrafica or soggetto.identificativo,
        codice_fiscale=soggetto.identificativo,
        indirizzo=tuple(line for line in (street, town) if line),
    )


def _soglia(riferimento: RiferimentoDocumento | None) -> Soglia | None:
    vincolo = riferimento.vincolo if riferimento else None
    return Soglia(tipo=TipoSoglia(vincolo.tipo), giorni=vincolo.giorni or 0) if vincolo else None
