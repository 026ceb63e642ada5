"""What a load makes of what is stored: a new pendenza, or a full replace within limits (GovPay 3.1 API 4.5)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from chalicelib.kernel.machine import move
from chalicelib.kernel.refusals import Unprocessable
from chalicelib.pendenze.model import NuovaPendenza, Pendenza, VocePendenza
from chalicelib.pendenze.rules.load import Caricamento
from chalicelib.pendenze.states import MOVES, StatoPendenza


class StatoNonAggiornabile(Unprocessable):
    codice = "VER_003"


class BeneficiarioDiverso(Unprocessable):
    codice = "VER_004"


class NumeroVociDiverso(Unprocessable):
    codice = "VER_005"


class VociDiverse(Unprocessable):
    codice = "VER_006"


class EntrataDiversa(Unprocessable):
    codice = "VER_007"


class AggiornamentoVietato(Unprocessable):
    codice = "VER_015"


class IbanDiverso(Unprocessable):
    codice = "VER_023"


class NumeroAvvisoDiverso(Unprocessable):
    codice = "VER_024"


def new_pendenza(caricamento: Caricamento, *, iuv: str, numero_avviso: str | None, now: datetime) -> Pendenza:
    return Pendenza(
        id_a2a=caricamento.id_a2a,
        id_pendenza=caricamento.id_pendenza,
        id_dominio=caricamento.nuova.id_dominio,
        id_unita_operativa=caricamento.nuova.id_unita_operativa,
        id_tipo_pendenza=caricamento.id_tipo_pendenza,
        voci=caricamento.voci,
        caricata=now,
        aggiornata=now,
        iuv=iuv,
        numero_avviso=numero_avviso,
        **_mutable(caricamento.nuova),
        **_avvisatura(None, caricamento.nuova),
    )


def updated_pendenza(before: Pendenza, caricamento: Caricamento, *, aggiorna: bool, now: datetime) -> Pendenza:
    """Give the pendenza with all that may change replaced; the very same one, if nothing does.

    A cancelled one is owed again. `aggiorna` False: the caller wanted a new one.

    :raises Refusal: VER_003..007, 015, 023, 024
    """
    _check(before, caricamento, aggiorna=aggiorna)
    stati = {voce.id_voce: voce.stato for voce in before.voci}
    after = replace(
        before,
        id_tipo_pendenza=caricamento.id_tipo_pendenza,
        voci=tuple(replace(voce, stato=stati[voce.id_voce]) for voce in caricamento.voci),
        **_mutable(caricamento.nuova),
        **_avvisatura(before, caricamento.nuova),
    )
    if before.stato is StatoPendenza.ANNULLATO:
        stato = move(MOVES, before.stato, StatoPendenza.NON_ESEGUITO)
        after = replace(after, stato=stato, descrizione_stato=None, annullata=None)
    return before if after == before else replace(after, aggiornata=now)


def _mutable(nuova: NuovaPendenza) -> dict[str, Any]:
    return {
        "causale": nuova.causale,
        "soggetto_pagatore": nuova.soggetto_pagatore,
        "importo": nuova.importo,
        "nome": nuova.nome,
        "data_caricamento": nuova.data_caricamento,
        "data_validita": nuova.data_validita,
        "data_scadenza": nuova.data_scadenza,
        "anno_riferimento": nuova.anno_riferimento,
        "cartella_pagamento": nuova.cartella_pagamento,
        "dati_allegati": nuova.dati_allegati,
        "tassonomia": nuova.tassonomia,
        "tassonomia_avviso": nuova.tassonomia_avviso,
        "direzione": nuova.direzione,
        "divisione": nuova.divisione,
        "documento": nuova.documento,
        "proprieta": nuova.proprieta,
    }


def _avvisatura(before: Pendenza | None, nuova: NuovaPendenza) -> dict[str, Any]:
    """Give when the debtor is told.

    What a request does not say stays, for a mail that went too early cannot be taken back; but the day of a reminder was
    that of its due date, and goes with it.
    """
    says = nuova.mai_notificata or nuova.data_notifica_avviso is not None
    notifica = nuova if says or before is None else before
    is_of_other_date = before is not None and before.data_scadenza != nuova.data_scadenza
    kept = None if before is None or is_of_other_date else before.data_promemoria_scadenza
    return {
        "data_notifica_avviso": notifica.data_notifica_avviso,
        "mai_notificata": notifica.mai_notificata,
        "data_promemoria_scadenza": nuova.data_promemoria_scadenza or kept,
    }


def _check(before: Pendenza, caricamento: Caricamento, *, aggiorna: bool) -> None:
    name, nuova = caricamento.name, caricamento.nuova
    if not aggiorna:
        raise AggiornamentoVietato(f"La pendenza ({name}) esiste già e la richiesta ne vieta l'aggiornamento.")
    if before.stato not in {StatoPendenza.NON_ESEGUITO, StatoPendenza.ANNULLATO}:
        raise StatoNonAggiornabile(f"La pendenza ({name}) è in stato {before.stato}: non si può più aggiornare.")
    sent = (nuova.id_dominio, nuova.id_unita_operativa)
    stored = (before.id_dominio, before.id_unita_operativa)
    if sent != stored:
        raise BeneficiarioDiverso(
            f"Il beneficiario indicato ({', '.join(sent)}) non è quello della pendenza ({name}), {', '.join(stored)}: "
            "per cambiarlo annullare la pendenza e caricarne un'altra."
        )
    _check_voci(before, caricamento)
    if nuova.numero_avviso not in {None, before.numero_avviso}:
        raise NumeroAvvisoDiverso(
            f"Il numero avviso indicato ({nuova.numero_avviso}) non è quello della pendenza ({name}), "
            f"{before.numero_avviso}: non si può cambiare."
        )


def _check_voci(before: Pendenza, caricamento: Caricamento) -> None:
    name, voci = caricamento.name, caricamento.voci
    if len(voci) != len(before.voci):
        raise NumeroVociDiverso(
            f"La pendenza ({name}) ha {len(before.voci)} voci, la richiesta {len(voci)}: il numero non può cambiare."
        )
    stored = {voce.id_voce: voce for voce in before.voci}
    unknown = [voce.id_voce for voce in voci if voce.id_voce not in stored]
    if unknown:
        raise VociDiverse(
            f"La pendenza ({name}) non ha le voci con idVocePendenza {', '.join(unknown)}: le voci non possono cambiare."
        )
    for voce in voci:
        _check_voce(stored[voce.id_voce], voce, name)


def _check_voce(stored: VocePendenza, sent: VocePendenza, name: str) -> None:
    which = f"della voce {sent.id_voce} della pendenza ({name})"
    if sent.cod_entrata != stored.cod_entrata:
        raise EntrataDiversa(
            f"L'entrata {which} è {stored.cod_entrata or 'libera'}, la richiesta indica "
            f"{sent.cod_entrata or 'un IBAN'}: non può cambiare."
        )
    # The IBAN of an entrata is the ente's to change in the anagrafica; one that was given stays.
    if sent.cod_entrata is None and sent.iban_accredito != stored.iban_accredito:
        raise IbanDiverso(f"L'IBAN {which} non è quello con cui fu caricata: non può cambiare.")
    if sent.id_dominio != stored.id_dominio:
        raise BeneficiarioDiverso(
            f"Il beneficiario {which} è {stored.id_dominio or 'l’ente stesso'}, la richiesta indica "
            f"{sent.id_dominio or 'l’ente stesso'}: non può cambiare."
        )
