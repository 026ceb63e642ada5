"""Our texts and subjects, fit for the XSDs of pagoPA: cut to their lengths, without what XML cannot carry."""

import re

from chalicelib.nodo.messages import common, soggetti
from chalicelib.pagamenti.model import Ente, Istituto
from chalicelib.pendenze.model import Soggetto

_NOT_XML = re.compile("[\x00-\x1f\x7f\ufffe\uffff\ud800-\udfff]+")
_EMAIL = re.compile(r"[a-zA-Z0-9_.+\-]+@[a-zA-Z0-9\-]+(\.[a-zA-Z0-9\-]+)*", re.ASCII)
_TWO_CAPITALS = re.compile("[A-Z]{2}")
_EMAIL_LENGTH = 256


def testo(value: str | None, most: int) -> str | None:
    """Give the text without control characters, cut at the end; None where nothing is left (the XSDs want one or more)."""
    text = _NOT_XML.sub(" ", value or "").strip()[:most].strip()
    return text or None


def testo_pieno(value: str | None, most: int, *, otherwise: str) -> str:
    """Give the text where the XSD wants one."""
    return testo(value, most) or otherwise


def email(value: str | None) -> str | None:
    """Give the address if the XSD takes it: a payment is not refused for an e-mail."""
    return value if value and len(value) <= _EMAIL_LENGTH and _EMAIL.fullmatch(value) else None


def nazione(value: str | None) -> str | None:
    return value if value and _TWO_CAPITALS.fullmatch(value) else None


def debtor(soggetto: Soggetto) -> common.Subject:
    return common.Subject(
        unique_identifier=common.EntityUniqueIdentifier(
            entity_unique_identifier_type=soggetto.tipo,
            entity_unique_identifier_value=soggetto.identificativo[:16],
        ),
        full_name=testo_pieno(soggetto.anagrafica, 70, otherwise=soggetto.identificativo),
        street_name=testo(soggetto.indirizzo, 70),
        civic_number=testo(soggetto.civico, 16),
        postal_code=testo(soggetto.cap, 16),
        city=testo(soggetto.localita, 35),
        state_province_region=testo(soggetto.provincia, 35),
        country=nazione(soggetto.nazione),
        e_mail=email(soggetto.email),
    )


def soggetto_of_subject(subject: common.Subject) -> Soggetto:
    return Soggetto(
        tipo=subject.unique_identifier.entity_unique_identifier_type,
        identificativo=subject.unique_identifier.entity_unique_identifier_value,
        anagrafica=subject.full_name,
        indirizzo=subject.street_name,
        civico=subject.civic_number,
        cap=subject.postal_code,
        localita=subject.city,
        provincia=subject.state_province_region,
        nazione=subject.country,
        email=subject.e_mail,
    )


def pagatore(soggetto: Soggetto) -> soggetti.SoggettoPagatore:
    return soggetti.SoggettoPagatore(
        identificativo_univoco_pagatore=_persona(soggetto),
        anagrafica_pagatore=testo_pieno(soggetto.anagrafica, 70, otherwise=soggetto.identificativo),
        indirizzo_pagatore=testo(soggetto.indirizzo, 70),
        civico_pagatore=testo(soggetto.civico, 16),
        cap_pagatore=testo(soggetto.cap, 16),
        localita_pagatore=testo(soggetto.localita, 35),
        provincia_pagatore=testo(soggetto.provincia, 35),
        nazione_pagatore=nazione(soggetto.nazione),
        e_mail_pagatore=email(soggetto.email),
    )


def versante(soggetto: Soggetto | None) -> soggetti.SoggettoVersante | None:
    if soggetto is None:
        return None
    return soggetti.SoggettoVersante(
        identificativo_univoco_versante=_persona(soggetto),
        anagrafica_versante=testo_pieno(soggetto.anagrafica, 70, otherwise=soggetto.identificativo),
        indirizzo_versante=testo(soggetto.indirizzo, 70),
        civico_versante=testo(soggetto.civico, 16),
        cap_versante=testo(soggetto.cap, 16),
        localita_versante=testo(soggetto.localita, 35),
        provincia_versante=testo(soggetto.provincia, 35),
        nazione_versante=nazione(soggetto.nazione),
        e_mail_versante=email(soggetto.email),
    )


def _persona(soggetto: Soggetto) -> soggetti.IdentificativoUnivocoPersonaFG:
    return soggetti.IdentificativoUnivocoPersonaFG(
        tipo_identificativo_univoco=soggetto.tipo, codice_identificativo_univoco=soggetto.identificativo[:16]
    )


def soggetto_of_pagatore(persona: soggetti.SoggettoPagatore) -> Soggetto:
    return Soggetto(
        tipo=persona.identificativo_univoco_pagatore.tipo_identificativo_univoco,
        identificativo=persona.identificativo_univoco_pagatore.codice_identificativo_univoco,
        anagrafica=persona.anagrafica_pagatore,
        indirizzo=persona.indirizzo_pagatore,
        civico=persona.civico_pagatore,
        cap=persona.cap_pagatore,
        localita=persona.localita_pagatore,
        provincia=persona.provincia_pagatore,
        nazione=persona.nazione_pagatore,
        email=persona.e_mail_pagatore,
    )


def soggetto_of_versante(persona: soggetti.SoggettoVersante | None) -> Soggetto | None:
    if persona is None:
        return None
    return Soggetto(
        tipo=persona.identificativo_univoco_versante.tipo_identificativo_univoco,
        identificativo=persona.identificativo_univoco_versante.codice_identificativo_univoco,
        anagrafica=persona.anagrafica_versante,
        indirizzo=persona.indirizzo_versante,
        civico=persona.civico_versante,
        cap=persona.cap_versante,
        localita=persona.localita_versante,
        provincia=persona.provincia_versante,
        nazione=persona.nazione_versante,
        email=persona.e_mail_versante,
    )


def ente_beneficiario(ente: Ente) -> soggetti.EnteBeneficiario:
    return soggetti.EnteBeneficiario(
        identificativo_univoco_beneficiario=soggetti.IdentificativoUnivocoPersonaG(
            tipo_identificativo_univoco="G", codice_identificativo_univoco=ente.id_dominio
        ),
        denominazione_beneficiario=testo_pieno(ente.denominazione, 70, otherwise=ente.id_dominio),
        codice_unit_oper_beneficiario=testo(ente.codice_unita, 35),
        denom_unit_oper_beneficiario=testo(ente.denominazione_unita, 70),
        indirizzo_beneficiario=testo(ente.indirizzo, 70),
        civico_beneficiario=testo(ente.civico, 16),
        cap_beneficiario=testo(ente.cap, 16),
        localita_beneficiario=testo(ente.localita, 35),
        provincia_beneficiario=testo(ente.provincia, 35),
        nazione_beneficiario=nazione(ente.nazione),
    )


def ente_of_beneficiario(ente: soggetti.EnteBeneficiario) -> Ente:
    return Ente(
        id_dominio=ente.identificativo_univoco_beneficiario.codice_identificativo_univoco,
        denominazione=ente.denominazione_beneficiario,
        codice_unita=ente.codice_unit_oper_beneficiario,
        denominazione_unita=ente.denom_unit_oper_beneficiario,
        indirizzo=ente.indirizzo_beneficiario,
        civico=ente.civico_beneficiario,
        cap=ente.cap_beneficiario,
        localita=ente.localita_beneficiario,
        provincia=ente.provincia_beneficiario,
        nazione=ente.nazione_beneficiario,
    )


def istituto_attestante(istituto: Istituto) -> soggetti.IstitutoAttestante:
    return soggetti.IstitutoAttestante(
        identificativo_univoco_attestante=soggetti.IdentificativoUnivoco(
            tipo_identificativo_univoco=istituto.tipo, codice_identificativo_univoco=istituto.codice[:16]
        ),
        denominazione_attestante=testo_pieno(istituto.denominazione, 70, otherwise=istituto.codice),
        codice_unit_oper_attestante=testo(istituto.codice_unita, 35),
        denom_unit_oper_attestante=testo(istituto.denominazione_unita, 70),
        indirizzo_attestante=testo(istituto.indirizzo, 70),
        civico_attestante=testo(istituto.civico, 16),
        cap_attestante=testo(istituto.cap, 16),
        localita_attestante=testo(istituto.localita, 35),
        provincia_attestante=testo(istituto.provincia, 35),
        nazione_attestante=nazione(istituto.nazione),
    )


def istituto_of_attestante(istituto: soggetti.IstitutoAttestante) -> Istituto:
    return Istituto(
        tipo=istituto.identificativo_univoco_attestante.tipo_identificativo_univoco,
        codice=istituto.identificativo_univoco_attestante.codice_identificativo_univoco,
        denominazione=istituto.denominazione_attestante,
        codice_unita=istituto.codice_unit_oper_attestante,
        denominazione_unita=istituto.denom_unit_oper_attestante,
        indirizzo=istituto.indirizzo_attestante,
        civico=istituto.civico_attestante,
        cap=istituto.cap_attestante,
        localita=istituto.localita_attestante,
        provincia=istituto.provincia_attestante,
        nazione=istituto.nazione_attestante,
    )
