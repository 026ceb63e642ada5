"""A cart as the ente asks for it (CartRequest of the Checkout EC API), checked field by field."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from chalicelib.kernel.importo import Importo

MAX_AVVISI = 5
_AVVISO, _ENTE = re.compile(r"\d{18}", re.ASCII), re.compile(r"\d{11}", re.ASCII)
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")
_MAX_TESTO = 140
_RITORNI = ("returnOkUrl", "returnCancelUrl", "returnErrorUrl")


class RichiestaNonValida(ValueError):
    """The request does not fit the schema. `str()` names the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Avviso:
    numero_avviso: str
    id_dominio: str
    importo: Importo
    ente: str
    causale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ritorni:
    """Where the payer goes back: as given, nothing is added."""

    ok: str
    annullo: str
    errore: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Richiesta:
    avvisi: tuple[Avviso, ...]
    ritorni: Ritorni
    id_cart: str | None = None
    email: str | None = None


def leggi(dati: Mapping[str, Any]) -> Richiesta:
    """Read a cart.

    :raises RichiestaNonValida:
    """
    avvisi = dati.get("paymentNotices")
    if not isinstance(avvisi, list) or not 1 <= len(avvisi) <= MAX_AVVISI:
        raise RichiestaNonValida(f"paymentNotices: from 1 to {MAX_AVVISI} notices")
    if not isinstance(dati.get("allCCP", False), bool):
        raise RichiestaNonValida("allCCP: not a boolean")
    return Richiesta(
        avvisi=tuple(_avviso(one, f"paymentNotices[{index}]") for index, one in enumerate(avvisi)),
        ritorni=_ritorni(dati.get("returnUrls")),
        id_cart=_facoltativo(dati, "idCart", re.compile(r"[\s\S]{1,210}")),
        email=_facoltativo(dati, "emailNotice", _EMAIL),
    )


def _avviso(dati: object, dove: str) -> Avviso:
    if not isinstance(dati, dict):
        raise RichiestaNonValida(f"{dove}: not an object")
    importo = dati.get("amount")
    if not isinstance(importo, int) or isinstance(importo, bool) or importo < 1:
        raise RichiestaNonValida(f"{dove}.amount: an integer of at least 1 (euro cents)")
    return Avviso(
        numero_avviso=_testo(dati, "noticeNumber", dove, _AVVISO),
        id_dominio=_testo(dati, "fiscalCode", dove, _ENTE),
        importo=Importo(importo),
        ente=_lungo(dati, "companyName", dove),
        causale=_lungo(dati, "description", dove),
    )


def _ritorni(dati: object) -> Ritorni:
    if not isinstance(dati, dict):
        raise RichiestaNonValida("returnUrls: not an object")
    ok, annullo, errore = (_url(dati.get(nome), f"returnUrls.{nome}") for nome in _RITORNI)
    return Ritorni(ok=ok, annullo=annullo, errore=errore)


def _url(valore: object, dove: str) -> str:
    if isinstance(valore, str):
        parti = urlsplit(valore)
        if parti.scheme in {"http", "https"} and parti.netloc:
            return valore
    raise RichiestaNonValida(f"{dove}: not an absolute http address")


def _testo(dati: Mapping[str, Any], nome: str, dove: str, forma: re.Pattern[str]) -> str:
    valore = dati.get(nome)
    if not isinstance(valore, str) or not forma.fullmatch(valore):
        raise RichiestaNonValida(f"{dove}.{nome}: must match {forma.pattern}")
    return valore


def _lungo(dati: Mapping[str, Any], nome: str, dove: str) -> str:
    valore = dati.get(nome)
    if not isinstance(valore, str) or len(valore) > _MAX_TESTO:
        raise RichiestaNonValida(f"{dove}.{nome}: a text of at most {_MAX_TESTO} characters")
    return valore


def _facoltativo(dati: Mapping[str, Any], nome: str, forma: re.Pattern[str]) -> str | None:
    valore = dati.get(nome)
    if valore is None:
        return None
    if not isinstance(valore, str) or not forma.fullmatch(valore):
        raise RichiestaNonValida(f"{nome}: not valid")
    return valore
