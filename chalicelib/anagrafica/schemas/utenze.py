"""Applicazioni, operatori, ruoli and the profile of a caller: JSON ↔ model."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from chalicelib.anagrafica.model import (
    Abilitazioni,
    Acl,
    Applicazione,
    CodificaAvvisi,
    Operatore,
    RuoloUtenza,
)
from chalicelib.anagrafica.passwords import hash_password
from chalicelib.anagrafica.rules import MAX_REG_EXP, STELLA
from chalicelib.anagrafica.schemas.common import Blank, Camel, Principal, Text255, Url, present
from chalicelib.anagrafica.schemas.connettori import ConnettoreBody, connettore_json
from chalicelib.kernel.utenze import SERVIZI_ACL, Diritto, Servizio
from chalicelib.rest.schema import formato

MAX_DOMINI = 1000
MAX_TIPI = 1000
_PASSWORD_MIN = 8


def _dominio(value: Any) -> Any:
    """Read a dominio an utenza may act for: its id, `*`, or the object of 3.9, which we grant as a whole only."""
    if not isinstance(value, dict):
        return value
    unita = value.get("unitaOperative")
    if isinstance(unita, list) and unita not in ([], [STELLA]):
        raise ValueError("l'autorizzazione a singole unità operative non è gestita: indicare il solo idDominio")
    return value.get("idDominio")


def _password(value: Any) -> Any:
    """Check the policy: a lower case letter, a capital, a digit, no blanks, eight characters."""
    if not isinstance(value, str):
        return value
    wanted = (str.islower, str.isupper, str.isdecimal)
    if len(value) < _PASSWORD_MIN or any(c.isspace() for c in value) or not all(any(map(f, value)) for f in wanted):
        raise ValueError(
            f"deve avere almeno {_PASSWORD_MIN} caratteri con una minuscola, una maiuscola e una cifra, senza spazi"
        )
    return value


IdDominio = Annotated[
    str,
    BeforeValidator(_dominio, json_schema_input_type=str | dict[str, Any]),
    formato(r"^(\*|[0-9]{11})$", "deve essere il codice fiscale di un ente, di 11 cifre, o *"),
]
IdTipo = Annotated[
    str,
    formato(r"^(\*|[a-zA-Z0-9\-_.]{1,35})$", "deve avere da 1 a 35 caratteri fra lettere, cifre, -, _ e ., o essere *"),
]
Password = Annotated[str, BeforeValidator(_password), StringConstraints(max_length=255)]


class AclBody(Camel):
    servizio: Literal[
        "Anagrafica PagoPA",
        "Anagrafica Creditore",
        "Anagrafica Applicazioni",
        "Anagrafica Ruoli",
        "Pagamenti",
        "Pendenze",
        "Rendicontazioni e Incassi",
        "Giornale degli Eventi",
        "Configurazione e manutenzione",
    ]
    autorizzazioni: list[Literal["R", "W"]]

    def to_model(self) -> Acl:
        wanted = {Diritto(letter) for letter in self.autorizzazioni}
        return Acl(servizio=Servizio(self.servizio), autorizzazioni=tuple(d for d in Diritto if d in wanted))


class AbilitazioniBody(Camel):
    domini: Annotated[list[IdDominio] | None, Field(max_length=MAX_DOMINI)] = None
    tipi_pendenza: Annotated[list[IdTipo] | None, Field(max_length=MAX_TIPI)] = None
    acl: Annotated[list[AclBody] | None, Field(max_length=100)] = None
    ruoli: Annotated[list[Text255] | None, Field(max_length=100)] = None

    def abilitazioni(self) -> Abilitazioni:
        return Abilitazioni(
            domini=_each_once(self.domini),
            tipi_pendenza=_each_once(self.tipi_pendenza),
            acl=tuple(acl.to_model() for acl in self.acl or ()),
            ruoli=_each_once(self.ruoli),
        )


def _each_once(names: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names or ()))


class CodificaAvvisiBody(Camel):
    codifica_iuv: Annotated[Annotated[str, formato(r"^[0-9]{1,15}$", "deve avere da 1 a 15 cifre")] | None, Blank] = (
        None
    )
    reg_exp_iuv: Annotated[Annotated[str, StringConstraints(max_length=MAX_REG_EXP)] | None, Blank] = None
    generazione_iuv_interna: bool | None = None

    def to_model(self) -> CodificaAvvisi:
        return CodificaAvvisi(
            codifica_iuv=self.codifica_iuv,
            reg_exp_iuv=self.reg_exp_iuv,
            generazione_iuv_interna=self.generazione_iuv_interna is True,
        )


class ApplicazioneBody(AbilitazioniBody):
    principal: Principal
    password: Annotated[Password | None, Blank] = None
    codifica_avvisi: CodificaAvvisiBody | None = None
    api_pagamenti: bool | None = None
    api_pendenze: bool | None = None
    api_ragioneria: bool | None = None
    servizio_integrazione: ConnettoreBody | None = None
    url_ritorno: Annotated[Url | None, Blank] = None
    abilitato: bool | None = None

    def to_model(self, id_a2a: str) -> Applicazione:
        return Applicazione(
            id_a2a=id_a2a,
            principal=self.principal,
            abilitazioni=self.abilitazioni(),
            codifica_avvisi=self.codifica_avvisi.to_model() if self.codifica_avvisi else CodificaAvvisi(),
            api_pagamenti=self.api_pagamenti is True,
            api_pendenze=self.api_pendenze is True,
            api_ragioneria=self.api_ragioneria is True,
            servizio_integrazione=self.servizio_integrazione.to_model() if self.servizio_integrazione else None,
            url_ritorno=self.url_ritorno,
            password_hash=hash_password(self.password) if self.password else None,
            abilitato=self.abilitato is not False,
        )


class OperatoreBody(AbilitazioniBody):
    ragione_sociale: Annotated[Text255 | None, Blank] = None
    password: Annotated[Password | None, Blank] = None
    abilitato: bool | None = None

    def to_model(self, principal: str) -> Operatore:
        return Operatore(
            principal=principal,
            ragione_sociale=self.ragione_sociale or principal,
            abilitazioni=self.abilitazioni(),
            password_hash=hash_password(self.password) if self.password else None,
            abilitato=self.abilitato is not False,
        )


class RuoloBody(Camel):
    acl: Annotated[list[AclBody], Field(max_length=100)]

    def to_model(self, id_ruolo: str) -> RuoloUtenza:
        return RuoloUtenza(id_ruolo=id_ruolo, acl=tuple(acl.to_model() for acl in self.acl))


def acl_json(acl: Acl) -> dict[str, Any]:
    return {"servizio": acl.servizio, "autorizzazioni": list(acl.autorizzazioni)}


def ruolo_json(ruolo: RuoloUtenza) -> dict[str, Any]:
    return {"id": ruolo.id_ruolo, "acl": [acl_json(acl) for acl in ruolo.acl]}


def ruolo_index_json(ruolo: RuoloUtenza) -> dict[str, Any]:
    return {"id": ruolo.id_ruolo}


def applicazione_index_json(applicazione: Applicazione) -> dict[str, Any]:
    return {
        "idA2A": applicazione.id_a2a,
        "principal": applicazione.principal,
        "abilitato": applicazione.abilitato,
    }


def applicazione_json(applicazione: Applicazione, resolved: Mapping[str, Any]) -> dict[str, Any]:
    """Give an applicazione; `resolved` has its domini, tipi pendenza and ruoli as the contract shows them."""
    codifica, servizio = applicazione.codifica_avvisi, applicazione.servizio_integrazione
    return present(
        idA2A=applicazione.id_a2a,
        principal=applicazione.principal,
        codificaAvvisi=present(
            codificaIuv=codifica.codifica_iuv,
            regExpIuv=codifica.reg_exp_iuv,
            generazioneIuvInterna=codifica.generazione_iuv_interna,
        ),
        **resolved,
        apiPagamenti=applicazione.api_pagamenti,
        apiPendenze=applicazione.api_pendenze,
        apiRagioneria=applicazione.api_ragioneria,
        acl=[acl_json(acl) for acl in applicazione.abilitazioni.acl],
        servizioIntegrazione=connettore_json(servizio) if servizio else None,
        urlRitorno=applicazione.url_ritorno,
        abilitato=applicazione.abilitato,
        password=applicazione.password_hash is not None,
    )


def operatore_index_json(operatore: Operatore) -> dict[str, Any]:
    return {
        "principal": operatore.principal,
        "ragioneSociale": operatore.ragione_sociale,
        "abilitato": operatore.abilitato,
    }


def operatore_json(operatore: Operatore, resolved: Mapping[str, Any]) -> dict[str, Any]:
    """Give an operatore; `resolved` has its domini, tipi pendenza and ruoli as the contract shows them."""
    return {
        "principal": operatore.principal,
        "ragioneSociale": operatore.ragione_sociale,
        **resolved,
        "acl": [acl_json(acl) for acl in operatore.abilitazioni.acl],
        "abilitato": operatore.abilitato,
        "password": operatore.password_hash is not None,
    }


def acl_of_profilo(acl: Mapping[Servizio, frozenset[Diritto]]) -> list[dict[str, Any]]:
    """Give the rights of a caller as the backoffice shows them: the nine servizi, R and W."""
    return [
        {"servizio": servizio, "autorizzazioni": [d for d in Diritto if d in acl[servizio]]}
        for servizio in SERVIZI_ACL
        if servizio in acl
    ]


_PAROLE = {Diritto.LETTURA: "Lettura", Diritto.SCRITTURA: "Scrittura"}


def acl_of_profilo_in_words(acl: Mapping[Servizio, frozenset[Diritto]]) -> list[dict[str, Any]]:
    """Give the rights of a caller as the other APIs show them: Lettura and Scrittura."""
    return [
        {"servizio": servizio, "autorizzazioni": [_PAROLE[d] for d in Diritto if d in diritti]}
        for servizio, diritti in acl.items()
    ]
