"""The registered things: who may do what, and where money goes (GovPay 3.1 API 3.4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.kernel.utenze import Diritto, Servizio

UO_ENTE = "EC"  # the unità operativa that is the ente itself
LIBERO = "LIBERO"
BOLLOT = "BOLLOT"


class TipoContabilita(StrEnum):
    CAPITOLO = "CAPITOLO"
    SPECIALE = "SPECIALE"
    SIOPE = "SIOPE"
    ALTRO = "ALTRO"

    @property
    def codice(self) -> str:
        """Give the digit that begins datiSpecificiRiscossione."""
        return _CODICI[self]

    @classmethod
    def of_codice(cls, codice: str) -> "TipoContabilita":
        return next(tipo for tipo, digit in _CODICI.items() if digit == codice)


_CODICI = {
    TipoContabilita.CAPITOLO: "0",
    TipoContabilita.SPECIALE: "1",
    TipoContabilita.SIOPE: "2",
    TipoContabilita.ALTRO: "9",
}


class TipoAuth(StrEnum):
    """How we prove who we are to a service we call."""

    NONE = "none"
    BASIC = "basic"
    SSL = "ssl"
    HEADER = "header"
    API_KEY = "apikey"
    OAUTH2 = "oauth2"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthConnettore:
    """Credentials towards a service we call.

    What is secret (`password`, `header_value`, `api_key`, `client_secret`, the three of SSL) never leaves by an API or
    a log. With SSL `certificate`, `private_key` and `ca` are names of secrets in SSM Parameter Store (aws/secrets.py)
    that hold PEM; `certificate` and `private_key` may be one secret that holds both. `ssl` keeps the rest of the
    contract (`tipo`, `ksType`, `tsType`, `sslType`) as it came.
    """

    tipo: TipoAuth = TipoAuth.NONE
    username: str | None = None
    password: str | None = None
    header_name: str | None = None
    header_value: str | None = None
    api_id: str | None = None
    api_key: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    url_token: str | None = None
    scope: str | None = None
    certificate: str | None = None
    private_key: str | None = None
    ca: str | None = None
    key_store_password: str | None = None
    key_password: str | None = None
    trust_store_password: str | None = None
    ssl: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connettore:
    """Where a service is. `versione_api` is REST v1 for an ente's API; `subscription_key` is pagoPA's, and secret."""

    url: str
    versione_api: str = "REST v1"
    auth: AuthConnettore = AuthConnettore()
    subscription_key: str | None = None
    abilita_gde: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnettoreFtp:
    host: str
    porta: str
    username: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServizioFtp:
    """Where pagoPA leaves and takes files (3.1)."""

    lettura: ConnettoreFtp
    scrittura: ConnettoreFtp


class ServizioPagoPa(StrEnum):
    """The services of pagoPA beside the Nodo, by their name in the contract (3.9)."""

    RECUPERO_RT = "servizioPagoPaRecuperoRT"
    ACA = "servizioPagoPaACA"
    GPD = "servizioPagoPaGPD"
    FR = "servizioPagoPaFR"
    BACKOFFICE_EC = "servizioPagoPaBackofficeEC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intermediario:
    """Speaks with the Nodo for its domini; `principal_pagopa` is who the Nodo is when it calls us."""

    id_intermediario: str
    denominazione: str
    principal_pagopa: str
    servizio_pagopa: Connettore
    abilitato: bool = True
    servizi: Mapping[ServizioPagoPa, Connettore] = field(default_factory=dict)
    url_avvisatura: str | None = None
    servizio_ftp: ServizioFtp | None = None


class VersioneStazione(StrEnum):
    """Primitives spoken: V1 = classic and paGetPayment/paSendRT, V2 = paGetPaymentV2/paSendRTV2."""

    V1 = "V1"
    V2 = "V2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stazione:
    """`id_stazione` is `<intermediario>_<nn>`; nn is the application code of aux digit 0."""

    id_stazione: str
    id_intermediario: str
    password: str | None = None
    versione: VersioneStazione = VersioneStazione.V2
    abilitato: bool = True

    @property
    def codice_applicazione(self) -> str:
        return self.id_stazione.rpartition("_")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recapiti:
    """Address and contacts of an ente or of one of its unità."""

    indirizzo: str | None = None
    civico: str | None = None
    cap: str | None = None
    localita: str | None = None
    provincia: str | None = None
    nazione: str | None = None
    email: str | None = None
    pec: str | None = None
    tel: str | None = None
    fax: str | None = None
    web: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dominio:
    """An ente creditore; `id_dominio` is its codice fiscale.

    `logo` is base64, as it came; it is stored apart, so what is read has it None: `con_logo` says that there is one,
    `queries.logo` gives the image.
    `id_stazione` is None only where the ente is not `intermediato`.
    """

    id_dominio: str
    ragione_sociale: str
    id_stazione: str | None
    recapiti: Recapiti = Recapiti()
    gln: str | None = None
    cbill: str | None = None
    iuv_prefix: str | None = None
    aux_digit: str = "3"
    segregation_code: str | None = None
    logo: str | None = None
    con_logo: bool = False
    area: str | None = None
    aut_stampa_poste: str | None = None
    url_ritorno: str | None = None
    intermediato: bool = True
    scarica_fr: bool = True
    tassonomia_pagopa: str | None = None
    abilitato: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitaOperativa:
    id_dominio: str
    id_unita: str
    ragione_sociale: str
    recapiti: Recapiti = Recapiti()
    area: str | None = None
    abilitato: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ContoAccredito:
    id_dominio: str
    iban: str
    bic: str | None = None
    postale: bool = False
    mybank: bool = False
    descrizione: str | None = None
    intestatario: str | None = None
    aut_stampa_poste: str | None = None
    abilitato: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TipoEntrata:
    """An entrata of the catalogue, common to all domini."""

    id_entrata: str
    descrizione: str
    tipo_contabilita: TipoContabilita
    codice_contabilita: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrata:
    """An entrata as a dominio collects it. Contabilità left out is that of the catalogue."""

    id_dominio: str
    id_entrata: str
    iban_accredito: str | None = None
    iban_appoggio: str | None = None
    tipo_contabilita: TipoContabilita | None = None
    codice_contabilita: str | None = None
    abilitato: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TipoPendenza:
    """A kind of debt, common to all domini.

    `dettagli` keeps the parts of the contract that other contexts read (form, validazione, trasformazione,
    promemoria, tracciatoCsv) as they came.
    """

    id_tipo_pendenza: str
    descrizione: str
    tipo: str = "dovuto"
    codifica_iuv: str | None = None
    paga_terzi: bool = False
    abilitato: bool = True
    dettagli: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TipoPendenzaDominio:
    """What a dominio sets of a tipo pendenza; None leaves what the tipo says."""

    id_dominio: str
    id_tipo_pendenza: str
    codifica_iuv: str | None = None
    paga_terzi: bool | None = None
    abilitato: bool | None = None
    dettagli: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acl:
    servizio: Servizio
    autorizzazioni: tuple[Diritto, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilitazioni:
    """What an utenza may touch: domini and tipi pendenza (`*` is all), its own ACL and those of its ruoli."""

    domini: tuple[str, ...] = ()
    tipi_pendenza: tuple[str, ...] = ()
    acl: tuple[Acl, ...] = ()
    ruoli: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CodificaAvvisi:
    """How the applicazione's IUVs are made (`%(a)` of iuvPrefix) and recognised (`reg_exp_iuv`)."""

    codifica_iuv: str | None = None
    reg_exp_iuv: str | None = None
    generazione_iuv_interna: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordPrecedente:
    """The password (scrypt's) that an applicazione had before, which is right until `scade`."""

    hash: str
    scade: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicazione:
    """A system of an ente.

    A gestionale (apiPendenze, servizioIntegrazione), a portal (apiPagamenti), an accounting system (apiRagioneria).
    `url_ritorno` is where its payers go when a payment request does not say. `password_hash` is scrypt's.
    """

    id_a2a: str
    principal: str
    abilitazioni: Abilitazioni = Abilitazioni()
    codifica_avvisi: CodificaAvvisi = CodificaAvvisi()
    api_pagamenti: bool = False
    api_pendenze: bool = False
    api_ragioneria: bool = False
    servizio_integrazione: Connettore | None = None
    url_ritorno: str | None = None
    password_hash: str | None = None
    password_precedente: PasswordPrecedente | None = None
    abilitato: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Operatore:
    principal: str
    ragione_sociale: str
    abilitazioni: Abilitazioni = Abilitazioni()
    password_hash: str | None = None
    abilitato: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RuoloUtenza:
    """A named set of ACL."""

    id_ruolo: str
    acl: tuple[Acl, ...]
