"""Intermediari and stazioni: JSON ↔ model."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field

from chalicelib.anagrafica.model import Dominio, Intermediario, ServizioPagoPa, Stazione, VersioneStazione
from chalicelib.anagrafica.operations import MASK
from chalicelib.anagrafica.schemas.common import Blank, Camel, Principal, Text35, Text255, present
from chalicelib.anagrafica.schemas.connettori import (
    ServizioFtpBody,
    ServizioNodoBody,
    ServizioPagoPaBody,
    servizio_ftp_json,
    servizio_nodo_json,
    servizio_pagopa_json,
)
from chalicelib.anagrafica.schemas.domini import dominio_index_json


class IntermediarioBody(Camel):
    denominazione: Text255
    principal_pagopa: Principal = Field(alias="principalPagoPa")
    servizio_pagopa: ServizioNodoBody = Field(alias="servizioPagoPa")
    servizio_ftp: ServizioFtpBody | None = None
    abilitato: bool | None = None
    recupero_rt: ServizioPagoPaBody | None = Field(default=None, alias=ServizioPagoPa.RECUPERO_RT)
    aca: ServizioPagoPaBody | None = Field(default=None, alias=ServizioPagoPa.ACA)
    gpd: ServizioPagoPaBody | None = Field(default=None, alias=ServizioPagoPa.GPD)
    fr: ServizioPagoPaBody | None = Field(default=None, alias=ServizioPagoPa.FR)
    backoffice_ec: ServizioPagoPaBody | None = Field(default=None, alias=ServizioPagoPa.BACKOFFICE_EC)

    def to_model(self, id_intermediario: str) -> Intermediario:
        servizi = {
            ServizioPagoPa.RECUPERO_RT: self.recupero_rt,
            ServizioPagoPa.ACA: self.aca,
            ServizioPagoPa.GPD: self.gpd,
            ServizioPagoPa.FR: self.fr,
            ServizioPagoPa.BACKOFFICE_EC: self.backoffice_ec,
        }
        return Intermediario(
            id_intermediario=id_intermediario,
            denominazione=self.denominazione,
            principal_pagopa=self.principal_pagopa,
            servizio_pagopa=self.servizio_pagopa.to_model(),
            abilitato=self.abilitato is not False,
            servizi={nome: body.to_model() for nome, body in servizi.items() if body},
            url_avvisatura=self.servizio_pagopa.url_avvisatura,
            servizio_ftp=self.servizio_ftp.to_model() if self.servizio_ftp else None,
        )


class StazioneBody(Camel):
    password: Annotated[Text35 | None, Blank] = None
    abilitato: bool
    versione: Annotated[VersioneStazione, Field(strict=False)] = VersioneStazione.V2

    def to_model(self, id_intermediario: str, id_stazione: str) -> Stazione:
        return Stazione(
            id_stazione=id_stazione,
            id_intermediario=id_intermediario,
            password=self.password,
            versione=self.versione,
            abilitato=self.abilitato,
        )


def intermediario_index_json(intermediario: Intermediario) -> dict[str, Any]:
    return {
        "idIntermediario": intermediario.id_intermediario,
        "denominazione": intermediario.denominazione,
        "abilitato": intermediario.abilitato,
    }


def intermediario_json(intermediario: Intermediario, stazioni: Iterable[Stazione]) -> dict[str, Any]:
    ftp = intermediario.servizio_ftp
    return present(
        idIntermediario=intermediario.id_intermediario,
        denominazione=intermediario.denominazione,
        principalPagoPa=intermediario.principal_pagopa,
        servizioPagoPa=servizio_nodo_json(intermediario.servizio_pagopa, intermediario.url_avvisatura),
        servizioFtp=servizio_ftp_json(ftp) if ftp else None,
        abilitato=intermediario.abilitato,
        stazioni=[stazione_index_json(stazione) for stazione in stazioni],
        **{str(nome): servizio_pagopa_json(servizio) for nome, servizio in intermediario.servizi.items()},
    )


def stazione_index_json(stazione: Stazione) -> dict[str, Any]:
    return {**_stazione_json(stazione), "domini": f"/domini?idStazione={stazione.id_stazione}"}


def stazione_json(stazione: Stazione, domini: Iterable[Dominio]) -> dict[str, Any]:
    return {**_stazione_json(stazione), "domini": [dominio_index_json(dominio) for dominio in domini]}


def _stazione_json(stazione: Stazione) -> dict[str, Any]:
    return {
        "idStazione": stazione.id_stazione,
        "password": MASK if stazione.password else "",
        "abilitato": stazione.abilitato,
        "versione": stazione.versione,
    }
