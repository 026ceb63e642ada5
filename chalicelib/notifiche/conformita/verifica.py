"""What the contract asks of a verifica, by notice and by pendenza."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from chalicelib.kernel.importo import Importo
from chalicelib.kernel.refusals import Refusal
from chalicelib.notifiche.conformita.banco import NON_ESEGUITA, Banco
from chalicelib.notifiche.conformita.model import VERIFICA_SECONDS, Caso, NonConforme, Saltato
from chalicelib.pagamenti.rules.verifica import StatoVerificato
from chalicelib.pendenze.schemas import nuova_from_verificata
from chalicelib.pendenze.schemas.requests import check_ids

VIE = ("avviso", "pendenza")
_SIMULTANEE = 8
_CAUSALE_MAX, _VOCI_MAX, _BODY_MAX = 140, 5, 1_000_000
_ID = re.compile(r"[A-Za-z0-9\-_.]{1,35}", re.ASCII)
_NAV = re.compile(r"[0-3]\d{17}", re.ASCII)

_Check = Callable[[Banco, dict[str, Any]], None]


def require(condition: object, words: str) -> None:
    if not condition:
        raise NonConforme(words)


def casi() -> Iterator[Caso]:
    """Give the cases of the verifica."""
    for via in VIE:
        for nome, regola, check in _TRASPORTO:
            yield Caso(nome=f"verifica-{via}-{nome}", regola=regola, prova=_bound(check, via))
        for nome, regola, content in _CONTENUTO:
            yield Caso(nome=f"verifica-{via}-{nome}", regola=regola, prova=_on_content(content, via))
        for stato in (StatoVerificato.ANNULLATA, StatoVerificato.SCADUTA, StatoVerificato.DUPLICATA):
            nome = f"verifica-{via}-{stato.lower()}"
            regola = f"una pendenza {stato.lower()} ha stato {stato}"
            yield Caso(nome=nome, regola=regola, prova=_in_state(via, stato))
        yield Caso(
            nome=f"verifica-{via}-importo-di-oggi",
            regola="di una pendenza cambiata si risponde l'importo di oggi",
            prova=_changed(via),
        )
        for nome, regola, segment in _SCONOSCIUTE:
            yield Caso(nome=f"verifica-{via}-{nome}", regola=regola, prova=_unknown(via, segment))
        for nome, regola, headers in _SENZA_CREDENZIALI:
            yield Caso(nome=f"verifica-{via}-{nome}", regola=regola, prova=_refused(via, headers))
    yield Caso(nome="verifica-vie-concordi", regola="per avviso e per pendenza si risponde lo stesso", prova=_both_ways)
    yield Caso(
        nome="verifica-dominio-altrui", regola="l'avviso non si trova sotto un altro idDominio", prova=_another_dominio
    )


def _bound(check: Callable[[Banco, str], None], via: str) -> Callable[[Banco], None]:
    return lambda banco: check(banco, via)


def _on_content(check: _Check, via: str) -> Callable[[Banco], None]:
    return lambda banco: check(banco, banco.verificata(via).oggetto())


# -- how it answers


def _answers(banco: Banco, via: str) -> None:
    risposta = banco.verificata(via)
    require(risposta.stato == 200, f"ha risposto {risposta.stato}, non 200")  # noqa: PLR2004


def _is_json(banco: Banco, via: str) -> None:
    risposta = banco.verificata(via)
    require("json" in risposta.tipo.lower(), f"Content-Type è {risposta.tipo[:60]!r}, non application/json")
    risposta.oggetto()


def _in_time(banco: Banco, via: str) -> None:
    risposta = banco.verificata(via)
    words = f"ha risposto in {risposta.secondi:.1f} secondi, oltre {VERIFICA_SECONDS}"
    require(risposta.secondi <= VERIFICA_SECONDS, words)


def _is_small(banco: Banco, via: str) -> None:
    size = len(banco.verificata(via).corpo)
    require(size <= _BODY_MAX, f"la risposta è di {size} byte")


def _repeats(banco: Banco, via: str) -> None:
    first, again = banco.verificata(via).oggetto(), banco.chiedi("GET", banco.segmenti(via)).oggetto()
    require(_told(first) == _told(again), "due richieste uguali hanno avuto risposte diverse")


def _told(answer: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(answer.get(name) for name in ("idPendenza", "stato", "importo", "numeroAvviso"))


def _many(banco: Banco, via: str) -> None:
    segmenti = banco.segmenti(via)
    with ThreadPoolExecutor(_SIMULTANEE) as pool:
        found = list(pool.map(lambda _: banco.chiedi("GET", segmenti), range(_SIMULTANEE)))
    require(all(one.stato == 200 for one in found), "richieste simultanee hanno avuto risposte diverse da 200")  # noqa: PLR2004
    slowest = max(one.secondi for one in found)
    require(slowest <= VERIFICA_SECONDS * 2, f"una di {_SIMULTANEE} simultanee ha impiegato {slowest:.1f} secondi")


_TRASPORTO = (
    ("risponde", "una pendenza nota è risposta con 200", _answers),
    ("json", "la risposta è un oggetto JSON UTF-8, application/json", _is_json),
    ("in-tempo", "si risponde entro un secondo e mezzo", _in_time),
    ("misura", "la risposta non supera 1 MB", _is_small),
    ("ripetuta", "la stessa domanda ha la stessa risposta", _repeats),
    ("simultanee", "otto domande insieme hanno risposta", _many),
)


# -- what it answers


def _stato(_banco: Banco, answer: dict[str, Any]) -> None:
    stato = str(answer.get("stato"))
    require(stato == NON_ESEGUITA, f"stato è {stato[:35]!r}, non {NON_ESEGUITA}")


def _id_a2a(banco: Banco, answer: dict[str, Any]) -> None:
    require(answer.get("idA2A") == banco.incarico.id_a2a, "idA2A non è quello dell'applicazione")


def _id_pendenza(banco: Banco, answer: dict[str, Any]) -> None:
    given = str(answer.get("idPendenza"))
    require(_ID.fullmatch(given), "idPendenza manca, o non è di 1-35 lettere, cifre, - _ .")
    expected = banco.esempio().id_pendenza
    require(expected in {None, given}, "idPendenza non è quello della pendenza chiesta")


def _id_dominio(banco: Banco, answer: dict[str, Any]) -> None:
    require(answer.get("idDominio") == banco.incarico.id_dominio, "idDominio non è quello chiesto")


def _numero_avviso(banco: Banco, answer: dict[str, Any]) -> None:
    given = answer.get("numeroAvviso")
    if given is None:
        return
    require(isinstance(given, str) and _NAV.fullmatch(given), "numeroAvviso non è un testo di 18 cifre")
    iuv = banco.esempio().iuv
    require(iuv is None or str(given).endswith(iuv), "numeroAvviso non è quello dello iuv chiesto")


def _cents(value: Any) -> int:
    """Read an amount of the contract: a number with two decimals at most."""
    try:
        cents = Decimal(str(value)) * 100
    except InvalidOperation:
        raise NonConforme(f"un importo non è un numero: {str(value)[:20]!r}") from None
    if isinstance(value, (bool, str)) or not cents.is_finite() or cents != int(cents):
        raise NonConforme(f"un importo non è un numero con al più due decimali: {str(value)[:20]!r}")
    return int(cents)


def _importo(_banco: Banco, answer: dict[str, Any]) -> None:
    require(_cents(answer.get("importo")) > 0, "importo non è maggiore di zero")


def _voci_of(answer: dict[str, Any]) -> list[dict[str, Any]]:
    voci = answer.get("voci")
    if not isinstance(voci, list) or not all(isinstance(voce, dict) for voce in voci):
        raise NonConforme("voci non è una lista di oggetti")
    return voci


def _voci(_banco: Banco, answer: dict[str, Any]) -> None:
    count = len(_voci_of(answer))
    require(1 <= count <= _VOCI_MAX, f"le voci sono {count}, non da 1 a {_VOCI_MAX}")


def _somma(_banco: Banco, answer: dict[str, Any]) -> None:
    somma = sum(_cents(voce.get("importo")) for voce in _voci_of(answer))
    dovuto = _cents(answer.get("importo"))
    require(somma == dovuto, f"la somma delle voci è {Importo(somma)}, l'importo è {Importo(dovuto)}")


def _voci_distinte(_banco: Banco, answer: dict[str, Any]) -> None:
    ids = [voce.get("idVocePendenza") for voce in _voci_of(answer)]
    require(all(ids) and len(ids) == len(set(ids)), "idVocePendenza manca, o è ripetuto")


def _soggetto(_banco: Banco, answer: dict[str, Any]) -> None:
    soggetto = answer.get("soggettoPagatore")
    if not isinstance(soggetto, dict):
        raise NonConforme("soggettoPagatore manca")
    require(soggetto.get("tipo") in {"F", "G"}, "soggettoPagatore.tipo non è F né G")
    require(soggetto.get("identificativo"), "soggettoPagatore.identificativo manca")


def _causale(_banco: Banco, answer: dict[str, Any]) -> None:
    causale = answer.get("causale")
    require(isinstance(causale, str) and 0 < len(causale) <= _CAUSALE_MAX, "causale manca, o supera 140 caratteri")


def _date(_banco: Banco, answer: dict[str, Any]) -> None:
    found = {}
    for name in ("dataValidita", "dataScadenza"):
        if answer.get(name) is not None:
            try:
                found[name] = date.fromisoformat(str(answer[name])[:10])
            except ValueError:
                raise NonConforme(f"{name} non è una data aaaa-mm-gg") from None
    if len(found) == len(("dataValidita", "dataScadenza")):
        require(found["dataValidita"] <= found["dataScadenza"], "dataValidita è dopo dataScadenza")


def _caricabile(_banco: Banco, answer: dict[str, Any]) -> None:
    try:
        check_ids(str(answer.get("idA2A")), str(answer.get("idPendenza")))
        nuova_from_verificata(answer)
    except Refusal as refusal:
        raise NonConforme(refusal.dettaglio) from refusal


_CONTENUTO: tuple[tuple[str, str, _Check], ...] = (
    ("stato", "una pendenza da pagare ha stato NON_ESEGUITA", _stato),
    ("id-a2a", "idA2A è quello dell'applicazione", _id_a2a),
    ("id-pendenza", "idPendenza è della pendenza chiesta, nei caratteri ammessi", _id_pendenza),
    ("id-dominio", "idDominio è quello dell'ente", _id_dominio),
    ("numero-avviso", "numeroAvviso, se c'è, è quello dell'avviso", _numero_avviso),
    ("importo", "importo è un numero positivo con al più due decimali", _importo),
    ("voci", "le voci sono da una a cinque", _voci),
    ("somma", "gli importi delle voci fanno l'importo", _somma),
    ("voci-distinte", "ogni voce ha un suo idVocePendenza", _voci_distinte),
    ("soggetto", "soggettoPagatore ha tipo e identificativo", _soggetto),
    ("causale", "causale è di 1-140 caratteri", _causale),
    ("date", "le date sono aaaa-mm-gg, e la validità non è dopo la scadenza", _date),
    ("caricabile", "GovPay può caricare la risposta com'è", _caricabile),
)


def _in_state(via: str, stato: StatoVerificato) -> Callable[[Banco], None]:
    def check(banco: Banco) -> None:
        given = str(banco.verificata(via, stato).oggetto().get("stato"))
        require(given == stato.value, f"stato è {given[:35]!r}, non {stato}")

    return check


def _changed(via: str) -> Callable[[Banco], None]:
    def check(banco: Banco) -> None:
        expected = banco.esempio("AGGIORNATA").importo
        if expected is None:
            raise Saltato("l'esempio AGGIORNATA non dice l'importo atteso")
        answer = banco.verificata(via, "AGGIORNATA").oggetto()
        require(_cents(answer.get("importo")) == Importo.parse(expected).cents, f"importo non è {expected}")
        _somma(banco, answer)

    return check


# -- what it does not know, and whom

_SCONOSCIUTE = (
    ("sconosciuta", "una pendenza che non c'è è 404, o ha stato SCONOSCIUTA", "99000000000000099"),
    ("sconosciuta-unicode", "un identificativo con lettere accentate non è un errore interno", "è-inesistente-ç"),
    ("sconosciuta-barra", "una barra codificata nell'identificativo non è un errore interno", "a/b"),
    ("sconosciuta-lunga", "un identificativo lunghissimo non è un errore interno", "9" * 300),
    ("sconosciuta-apice", "un apice nell'identificativo non è un errore interno", "1' OR '1'='1"),
)


def _unknown(via: str, value: str) -> Callable[[Banco], None]:
    def check(banco: Banco) -> None:
        *begin, _ = banco.segmenti(via)
        _require_unknown(banco, (*begin, value))

    return check


def _require_unknown(banco: Banco, segmenti: tuple[str, ...]) -> None:
    risposta = banco.chiedi("GET", segmenti)
    if risposta.stato == 200:  # noqa: PLR2004
        stato = risposta.oggetto().get("stato")
        require(stato == StatoVerificato.SCONOSCIUTA, f"ha risposto 200 con stato {str(stato)[:35]!r}")
        return
    require(400 <= risposta.stato < 500, f"ha risposto {risposta.stato}, non 404")  # noqa: PLR2004


def _another_dominio(banco: Banco) -> None:
    _, _, iuv = banco.segmenti("avviso")
    _require_unknown(banco, ("avvisi", "00000000000", iuv))


def _both_ways(banco: Banco) -> None:
    first, second = (banco.verificata(via).oggetto() for via in VIE)
    require(_told(first) == _told(second), "le due vie rispondono cose diverse della stessa pendenza")


_SENZA_CREDENZIALI: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("senza-credenziali", "senza credenziali si risponde 401 o 403", {}),
    (
        "credenziali-errate",
        "con credenziali errate si risponde 401 o 403",
        {"Authorization": "Basic ZXJyYXRvOmVycmF0bw=="},
    ),
)


def _refused(via: str, headers: dict[str, str]) -> Callable[[Banco], None]:
    def check(banco: Banco) -> None:
        require_refused(banco, "GET", banco.segmenti(via), headers)

    return check


def require_refused(
    banco: Banco, metodo: str, segmenti: tuple[str, ...], headers: dict[str, str], corpo: bytes | None = None
) -> None:
    """Require that a call with these credentials, in the place of the right ones, is refused."""
    if not banco.incarico.headers:
        raise Saltato("il gestionale non chiede credenziali")
    risposta = banco.chiedi(metodo, segmenti, headers=headers, corpo=corpo)
    require(risposta.stato in {401, 403}, f"ha risposto {risposta.stato}, non 401 o 403")
