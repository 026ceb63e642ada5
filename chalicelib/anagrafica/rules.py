"""What may be registered, and what an utenza may do. Values in, values out."""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from chalicelib.anagrafica.model import Acl, Applicazione, Operatore, PasswordPrecedente, RuoloUtenza
from chalicelib.kernel.utenze import Ambito, Diritto, Servizio, TipoUtenza, Utenza

STELLA = "*"
AUTODETERMINAZIONE = "autodeterminazione"
# How long the password that an applicazione had before is right: time to change it where it is used.
PASSWORD_PRECEDENTE = timedelta(hours=24)
MAX_REG_EXP = 100
MAX_IUV = 35
_MAX_VARIABLE = 3
_MAX_ALTERNATIVES = 8
_LETTURA_E_SCRITTURA = frozenset({Diritto.LETTURA, Diritto.SCRITTURA})
# What a pattern of IUVs is made of. Nothing here looks behind, remembers or repeats a group, so that with few repeats
# of variable length the cost of a match has a bound.
_TOKEN = re.compile(
    r"""
      (?P<atom>\[\^?(?:\\[dwDW\\.\-\]]|[^\[\]\\])+\] | \\[dwDW.\-/] | [A-Za-z0-9_\-/.^$])
    | (?P<open>\((?:\?:)?) | (?P<close>\)) | (?P<or>\|)
    | (?P<fixed>\{[0-9]{1,2}\}) | (?P<variable>[*+?]|\{[0-9]{0,2},[0-9]{0,2}\})
    """,
    re.VERBOSE,
)


def utenza_of(chi: Applicazione | Operatore, ruoli: Mapping[str, RuoloUtenza]) -> Utenza:
    """Make the caller that an applicazione or an operatore is (GovPay 3.1 API 4.14): own ACL and those of its ruoli."""
    abilitazioni = chi.abilitazioni
    own = [*abilitazioni.acl, *(acl for nome in abilitazioni.ruoli if nome in ruoli for acl in ruoli[nome].acl)]
    applicazione = chi if isinstance(chi, Applicazione) else None
    acl = union(own)
    if applicazione:
        acl.update(dict.fromkeys(_apis(applicazione), _LETTURA_E_SCRITTURA))
    return Utenza(
        principal=chi.principal,
        tipo=TipoUtenza.APPLICAZIONE if applicazione else TipoUtenza.OPERATORE,
        nome=chi.id_a2a if isinstance(chi, Applicazione) else chi.ragione_sociale,
        id_a2a=applicazione.id_a2a if applicazione else None,
        domini=ambito_of(abilitazioni.domini),
        tipi_pendenza=ambito_of(t for t in abilitazioni.tipi_pendenza if t != AUTODETERMINAZIONE),
        autodeterminazione=AUTODETERMINAZIONE in abilitazioni.tipi_pendenza,
        acl=acl,
    )


def union(acls: Iterable[Acl]) -> dict[Servizio, frozenset[Diritto]]:
    """Give the rights that many ACL give together."""
    together: dict[Servizio, frozenset[Diritto]] = {}
    for acl in acls:
        together[acl.servizio] = together.get(acl.servizio, frozenset()) | frozenset(acl.autorizzazioni)
    return together


def _apis(applicazione: Applicazione) -> list[Servizio]:
    enabled = (
        (applicazione.api_pagamenti, Servizio.API_PAGAMENTI),
        (applicazione.api_pendenze, Servizio.API_PENDENZE),
        (applicazione.api_ragioneria, Servizio.API_RAGIONERIA),
    )
    return [servizio for is_enabled, servizio in enabled if is_enabled]


def with_passwords(new: Applicazione, old: Applicazione | None, *, is_same: bool, now: datetime | None) -> Applicazione:
    """Give an applicazione the passwords it has when it is registered again: its own, and for a day the one before.

    Of an utenza that is disabled, or was, and of one with another principal, none before is right. `is_same` says that
    the password that came is the one it has; without `now` the one it has ends at once when another comes.
    """
    if old is None:
        return new
    current, before = new.password_hash, old.password_precedente
    if current is None or is_same:
        current = old.password_hash
    elif now is not None and old.password_hash is not None:
        before = PasswordPrecedente(hash=old.password_hash, scade=now + PASSWORD_PRECEDENTE)
    else:
        before = None
    holds = new.abilitato and old.abilitato and new.principal == old.principal
    return replace(new, password_hash=current, password_precedente=before if holds else None)


def password_hashes(chi: Applicazione | Operatore | None, *, now: datetime) -> tuple[str | None, str | None]:
    """Give the password that somebody has and, while it is right, the one they had before (scrypt's)."""
    before = chi.password_precedente if isinstance(chi, Applicazione) else None
    return chi.password_hash if chi else None, before.hash if before and now < before.scade else None


def ambito_of(ids: Iterable[str]) -> Ambito:
    """Read the ids that an utenza is registered with, among which `*` is all of them."""
    names = frozenset(ids)
    return Ambito(tutti=STELLA in names, ids=names - {STELLA})


def matches_iuv(applicazione: Applicazione, iuv: str) -> bool:
    """Tell whether an IUV is, by its form, one of the applicazione's."""
    pattern = applicazione.codifica_avvisi.reg_exp_iuv
    return bool(pattern) and len(iuv) <= MAX_IUV and re.fullmatch(pattern or "", iuv) is not None


def reg_exp_problem(pattern: str) -> str | None:
    """Say why a pattern of IUVs is not taken, None if it is: a pattern is run on each unknown notice a PSP asks for."""
    if len(pattern) > MAX_REG_EXP:
        return f"deve avere al più {MAX_REG_EXP} caratteri"
    kinds: list[str | None] = []
    end = 0
    while end < len(pattern):
        token = _TOKEN.match(pattern, end)
        repeats = token is not None and token.lastgroup in {"fixed", "variable"}
        if token is None or (repeats and kinds[-1:] in ([], ["open"], ["or"])):
            return f"contiene una costruzione non ammessa al carattere {end + 1}"
        if repeats and kinds[-1:] == ["close"] and token[0] != "?":
            return "non può ripetere un gruppo fra parentesi"
        kinds.append(token.lastgroup)
        end = token.end()
    if kinds.count("variable") > _MAX_VARIABLE or kinds.count("or") > _MAX_ALTERNATIVES:
        return f"può avere al più {_MAX_VARIABLE} ripetizioni variabili e {_MAX_ALTERNATIVES} alternative"
    try:
        re.compile(pattern)
    except re.error:
        return "non è un'espressione regolare valida"
    return None


def url_problem(url: str, *, allow_private: bool) -> str | None:
    """Say why we do not call an URL, None if we do: https to a public host, unless `allow_private`.

    A name is judged when it is resolved, by who calls it: here only what the URL says.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "non è un URL valido"
    if parts.scheme not in {"http", "https"} or not host or any(c.isspace() for c in url):
        return "deve essere un URL http o https"
    if parts.username is not None or parts.fragment:
        return "non può contenere credenziali o frammenti: le credenziali vanno in auth"
    if allow_private:
        return None
    if parts.scheme != "https":
        return "deve essere un URL https"
    return host_problem(host, allow_private=False)


def host_problem(host: str, *, allow_private: bool) -> str | None:
    """Say why we do not call a host, None if we do: none of ours, of the machine's or of a private network."""
    if allow_private:
        return None
    name = host.lower().rstrip(".")
    problem = "non può indicare un host interno o privato"
    try:
        return None if ipaddress.ip_address(name).is_global else problem
    except ValueError:
        pass
    last = name.rpartition(".")[2]
    # The last label of a public name begins with a letter: otherwise it is an address written in some other base.
    if "." not in name or not last[:1].isalpha() or last in {"local", "localhost", "internal", "lan", "home", "arpa"}:
        return problem
    return None
