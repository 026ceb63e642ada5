"""An exchange: one request and its answer, as an edge saw it; what the giornale degli eventi records."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Componente(StrEnum):
    API_BACKOFFICE = "API_BACKOFFICE"
    API_ENTE = "API_ENTE"
    API_PAGOPA = "API_PAGOPA"
    API_PAGAMENTO = "API_PAGAMENTO"
    API_PENDENZE = "API_PENDENZE"
    API_RAGIONERIA = "API_RAGIONERIA"
    API_BACKEND_IO = "API_BACKEND_IO"  # GovPay 3.9


class Categoria(StrEnum):
    INTERNO = "INTERNO"
    INTERFACCIA = "INTERFACCIA"
    UTENTE = "UTENTE"


class Ruolo(StrEnum):
    """Who we were in the exchange."""

    CLIENT = "CLIENT"
    SERVER = "SERVER"


class Esito(StrEnum):
    """OK; KO, refused by a rule; FAIL, a failure of somebody's system."""

    OK = "OK"
    KO = "KO"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What an exchange is about: the ids by which it is found again."""

    id_dominio: str | None = None
    iuv: str | None = None
    ccp: str | None = None
    id_a2a: str | None = None
    id_pendenza: str | None = None
    id_pagamento: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A request or an answer as it went over the wire. Headers never hold credentials.

    The body is `payload`, or lies already in the archive under the key `payload_key`.
    """

    metodo: str = ""
    url: str = ""
    stato: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    payload: bytes = b""
    payload_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One exchange. `tipo_evento` is the operation (`addPendenza`, `paSendRTV2`); times are UTC, duration is ms."""

    componente: Componente
    ruolo: Ruolo
    tipo_evento: str
    esito: Esito
    data: datetime
    durata_ms: int
    id_transazione: str
    categoria: Categoria = Categoria.INTERFACCIA
    sottotipo_evento: str | None = None
    sottotipo_esito: str | None = None
    dettaglio_esito: str | None = None
    principal: str | None = None
    about: About = About()
    dati_pagopa: Mapping[str, str] = field(default_factory=dict)
    richiesta: Message = Message()
    risposta: Message = Message()


Recorder = Callable[[Exchange], None]
