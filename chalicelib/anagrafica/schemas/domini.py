"""Domini, unità operative, conti di accredito, entrate of a dominio: JSON ↔ model."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo

from chalicelib.anagrafica.images import MAX_BASE64, read_logo
from chalicelib.anagrafica.model import (
    ContoAccredito,
    Dominio,
    Entrata,
    Recapiti,
    TipoContabilita,
    TipoEntrata,
    UnitaOperativa,
)
from chalicelib.anagrafica.rules import STELLA
from chalicelib.anagrafica.schemas.catalogo import CodiceContabilita, tipo_entrata_json
from chalicelib.anagrafica.schemas.common import Blank, Camel, Text16, Text35, Text70, Text255, Url, present
from chalicelib.rest.schema import BicField, EmailField, IbanField, NazioneField, formato

Gln = Annotated[str, formato(r"^[0-9]{13}$", "deve essere di 13 cifre")]
Cbill = Annotated[str, formato(r"^[0-9A-Z]{5}$", "deve essere di 5 cifre o lettere maiuscole")]
IuvPrefix = Annotated[
    str,
    formato(
        r"^(?:[0-9]|%\([yYatpu]\))+$", "deve essere fatto di cifre e di variabili: %(Y), %(y), %(a), %(t), %(p), %(u)"
    ),
    StringConstraints(max_length=64),
]
Segregation = Annotated[str, formato(r"^[0-4][0-9]$", "deve essere di due cifre, da 00 a 49")]
IdStazione = Annotated[
    str, formato(r"^[0-9]{11}_[0-9]{2}$", "deve avere la forma <11 cifre>_<2 cifre>, come assegnata da pagoPA")
]
Tassonomia = Literal["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"]


class RecapitiBody(Camel):
    """The fields of an address, which the contract keeps flat."""

    indirizzo: Annotated[Text70 | None, Blank] = None
    civico: Annotated[Text16 | None, Blank] = None
    cap: Annotated[Text16 | None, Blank] = None
    localita: Annotated[Text35 | None, Blank] = None
    provincia: Annotated[Text35 | None, Blank] = None
    nazione: Annotated[NazioneField | None, Blank] = None
    email: Annotated[EmailField | None, Blank] = None
    pec: Annotated[EmailField | None, Blank] = None
    tel: Annotated[Text255 | None, Blank] = None
    fax: Annotated[Text255 | None, Blank] = None
    web: Annotated[Text255 | None, Blank] = None
    area: Annotated[Text255 | None, Blank] = None

    def recapiti(self) -> Recapiti:
        return Recapiti(
            indirizzo=self.indirizzo,
            civico=self.civico,
            cap=self.cap,
            localita=self.localita,
            provincia=self.provincia,
            nazione=self.nazione,
            email=self.email,
            pec=self.pec,
            tel=self.tel,
            fax=self.fax,
            web=self.web,
        )


def _recapiti_json(recapiti: Recapiti) -> dict[str, Any]:
    return present(
        indirizzo=recapiti.indirizzo,
        civico=recapiti.civico,
        cap=recapiti.cap,
        localita=recapiti.localita,
        provincia=recapiti.provincia,
        nazione=recapiti.nazione,
        email=recapiti.email,
        pec=recapiti.pec,
        tel=recapiti.tel,
        fax=recapiti.fax,
        web=recapiti.web,
    )


def _logo(text: str | None) -> str | None:
    """Check an image; the link that a GET gives in its place stands for the image that is stored."""
    if text is None or is_logo_link(text):
        return text
    if len(text) > MAX_BASE64:
        raise ValueError(f"deve avere al più {MAX_BASE64} caratteri di base64")
    if read_logo(text) is None:
        raise ValueError("deve essere un'immagine PNG o JPEG in base64")
    return text


def is_logo_link(text: str | None) -> bool:
    return text is not None and text.startswith("/domini/") and text.endswith("/logo")


def _needed(value: str | None, info: ValidationInfo) -> str | None:
    """Ask for what an ente needs to be reached by pagoPA through us."""
    if value is None and info.data.get("intermediato") is not False:
        raise ValueError("è obbligatorio")
    return value


class DominioBody(RecapitiBody):
    intermediato: bool | None = None
    ragione_sociale: Text70
    gln: Annotated[Gln | None, Blank, AfterValidator(_needed)] = Field(default=None, validate_default=True)
    cbill: Annotated[Cbill | None, Blank] = None
    iuv_prefix: Annotated[IuvPrefix | None, Blank] = None
    stazione: Annotated[IdStazione | None, Blank, AfterValidator(_needed)] = Field(default=None, validate_default=True)
    aux_digit: Annotated[Literal["0", "1", "2", "3"] | None, Blank] = None
    segregation_code: Annotated[Segregation | None, Blank] = None
    logo: Annotated[str | None, Blank, AfterValidator(_logo)] = None
    abilitato: bool
    aut_stampa_poste: Annotated[Text255 | None, Blank] = Field(default=None, alias="autStampaPosteItaliane")
    url_ritorno: Annotated[Url | None, Blank] = None
    scarica_fr: bool | None = None
    tassonomia: Tassonomia | None = Field(default=None, alias="tassonomiaPagoPA")

    def to_model(self, id_dominio: str) -> Dominio:
        return Dominio(
            id_dominio=id_dominio,
            ragione_sociale=self.ragione_sociale,
            id_stazione=self.stazione,
            recapiti=self.recapiti(),
            gln=self.gln,
            cbill=self.cbill,
            iuv_prefix=self.iuv_prefix,
            aux_digit=self.aux_digit or "0",
            segregation_code=self.segregation_code,
            logo=None if is_logo_link(self.logo) else self.logo,
            area=self.area,
            aut_stampa_poste=self.aut_stampa_poste,
            url_ritorno=self.url_ritorno,
            intermediato=self.intermediato is not False,
            scarica_fr=self.scarica_fr is not False,
            tassonomia_pagopa=self.tassonomia,
            abilitato=self.abilitato,
        )


def dominio_index_json(dominio: Dominio) -> dict[str, Any]:
    root = f"/domini/{dominio.id_dominio}"
    return {
        **dominio_json(dominio),
        "unitaOperative": f"{root}/unitaOperative",
        "contiAccredito": f"{root}/contiAccredito",
        "entrate": f"{root}/entrate",
        "tipiPendenza": f"{root}/tipiPendenza",
    }


def dominio_json(dominio: Dominio) -> dict[str, Any]:
    """Give what the contract says of a dominio, without what it has."""
    return present(
        idDominio=dominio.id_dominio,
        ragioneSociale=dominio.ragione_sociale,
        **_recapiti_json(dominio.recapiti),
        gln=dominio.gln or "",
        cbill=dominio.cbill,
        iuvPrefix=dominio.iuv_prefix,
        stazione=dominio.id_stazione or "",
        auxDigit=dominio.aux_digit,
        segregationCode=dominio.segregation_code,
        logo=f"/domini/{dominio.id_dominio}/logo" if dominio.con_logo else None,
        abilitato=dominio.abilitato,
        autStampaPosteItaliane=dominio.aut_stampa_poste,
        area=dominio.area,
        urlRitorno=dominio.url_ritorno,
        intermediato=dominio.intermediato,
        scaricaFr=dominio.scarica_fr,
        tassonomiaPagoPA=dominio.tassonomia_pagopa,
    )


ALL_DOMINI = dominio_index_json(Dominio(id_dominio=STELLA, ragione_sociale="Tutti", id_stazione=None))


class UnitaBody(RecapitiBody):
    ragione_sociale: Text70
    abilitato: bool | None = None

    def to_model(self, id_dominio: str, id_unita: str) -> UnitaOperativa:
        return UnitaOperativa(
            id_dominio=id_dominio,
            id_unita=id_unita,
            ragione_sociale=self.ragione_sociale,
            recapiti=self.recapiti(),
            area=self.area,
            abilitato=self.abilitato is not False,
        )


def unita_json(unita: UnitaOperativa) -> dict[str, Any]:
    return present(
        idUnita=unita.id_unita,
        ragioneSociale=unita.ragione_sociale,
        **_recapiti_json(unita.recapiti),
        area=unita.area,
        abilitato=unita.abilitato,
    )


class ContoBody(Camel):
    bic: Annotated[BicField | None, Blank] = None
    postale: bool | None = None
    mybank: bool | None = None
    abilitato: bool | None = None
    descrizione: Annotated[Text255 | None, Blank] = None
    intestatario: Annotated[Text255 | None, Blank] = None
    aut_stampa_poste: Annotated[Text255 | None, Blank] = Field(default=None, alias="autStampaPosteItaliane")

    def to_model(self, id_dominio: str, iban: str) -> ContoAccredito:
        return ContoAccredito(
            id_dominio=id_dominio,
            iban=iban,
            bic=self.bic,
            postale=self.postale is True,
            mybank=self.mybank is True,
            descrizione=self.descrizione,
            intestatario=self.intestatario,
            aut_stampa_poste=self.aut_stampa_poste,
            abilitato=self.abilitato is not False,
        )


def conto_json(conto: ContoAccredito) -> dict[str, Any]:
    return present(
        iban=conto.iban,
        bic=conto.bic,
        postale=conto.postale,
        mybank=conto.mybank,
        abilitato=conto.abilitato,
        descrizione=conto.descrizione,
        intestatario=conto.intestatario,
        autStampaPosteItaliane=conto.aut_stampa_poste,
    )


class EntrataBody(Camel):
    iban_accredito: Annotated[IbanField | None, Blank] = None
    iban_appoggio: Annotated[IbanField | None, Blank] = None
    tipo_contabilita: Annotated[TipoContabilita | None, Field(strict=False)] = None
    codice_contabilita: Annotated[CodiceContabilita | None, Blank] = None
    abilitato: bool | None = None

    def to_model(self, id_dominio: str, id_entrata: str) -> Entrata:
        return Entrata(
            id_dominio=id_dominio,
            id_entrata=id_entrata,
            iban_accredito=self.iban_accredito,
            iban_appoggio=self.iban_appoggio,
            tipo_contabilita=self.tipo_contabilita,
            codice_contabilita=self.codice_contabilita,
            abilitato=self.abilitato is not False,
        )


def entrata_json(entrata: Entrata, tipo_entrata: TipoEntrata) -> dict[str, Any]:
    return present(
        idEntrata=entrata.id_entrata,
        ibanAccredito=entrata.iban_accredito or "",
        ibanAppoggio=entrata.iban_appoggio,
        tipoContabilita=entrata.tipo_contabilita,
        codiceContabilita=entrata.codice_contabilita,
        abilitato=entrata.abilitato,
        tipoEntrata=tipo_entrata_json(tipo_entrata),
    )
