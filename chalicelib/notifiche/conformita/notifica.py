"""What the contract asks of a notifica. Each run tells of its own attempts: their ccp begin with PROVA."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from chalicelib.kernel.importo import Importo
from chalicelib.notifiche.conformita.banco import Banco, Risposta
from chalicelib.notifiche.conformita.model import NOTIFICA_SECONDS, Caso, Saltato
from chalicelib.notifiche.conformita.verifica import require, require_refused
from chalicelib.rest import json_text

_SIMULTANEE = 4
_GRANDE = 700_000
_ERRATE = {"Authorization": "Basic ZXJyYXRvOmVycmF0bw=="}
IMPORTO = "1.00"


def casi() -> Iterator[Caso]:
    """Give the cases of the notifica."""
    for nome, regola, check in _CASI:
        yield Caso(nome=f"notifica-{nome}", regola=regola, prova=_when_wanted(check))


def _when_wanted(check: Callable[[Banco], None]) -> Callable[[Banco], None]:
    def prova(banco: Banco) -> None:
        if not banco.incarico.notifiche:
            raise Saltato("le notifiche non vanno inviate")
        check(banco)

    return prova


def _path(banco: Banco, *more: str) -> tuple[str, ...]:
    return ("pagamenti", banco.incarico.id_dominio, banco.esempio().iuv or "01000000000000000", *more)


def corpo_of(banco: Banco, ccp: str, *, ricevuta: bool = True, **other: Any) -> dict[str, Any]:
    """Give a notifica as GovPay sends it: with an RT, or of an activation."""
    versamento = {"codiceContestoPagamento": ccp, "importoTotaleDaVersare": IMPORTO}
    rt = {
        "versioneOggetto": "6.2.0",
        "datiPagamento": {
            "codiceEsitoPagamento": "0",
            "importoTotalePagato": IMPORTO,
            "identificativoUnivocoVersamento": banco.esempio().iuv,
            "CodiceContestoPagamento": ccp,
            "datiSingoloPagamento": [{"singoloImportoPagato": IMPORTO, "identificativoUnivocoRiscossione": ccp}],
        },
    }
    return {
        "idA2A": banco.incarico.id_a2a,
        "idPendenza": banco.esempio().id_pendenza or "PROVA",
        "rpt": {"versioneOggetto": "6.2.0", "datiVersamento": versamento},
        "rt": rt if ricevuta else None,
        "riscossioni": [],
        **other,
    }


def _send(banco: Banco, corpo: Any, *more: str, query: str = "") -> Risposta:
    body = corpo if isinstance(corpo, bytes) else json_text.write(corpo).encode()
    return banco.chiedi("POST", _path(banco, *more), corpo=body, query=query, seconds=NOTIFICA_SECONDS + 2)


def _accolta(risposta: Risposta) -> None:
    require(risposta.is_accolta, f"ha risposto {risposta.stato}, non 2xx")


def _ccp(banco: Banco, name: str) -> str:
    return f"PROVA-{banco.prova}-{name}"


def _ricevuta(banco: Banco) -> None:
    _accolta(_send(banco, corpo_of(banco, _ccp(banco, "ricevuta"))))


def _in_tempo(banco: Banco) -> None:
    risposta = _send(banco, corpo_of(banco, _ccp(banco, "tempo")))
    require(risposta.secondi <= NOTIFICA_SECONDS, f"ha risposto in {risposta.secondi:.1f} secondi")


def _ripetuta(banco: Banco) -> None:
    corpo = corpo_of(banco, _ccp(banco, "ripetuta"))
    for _ in range(3):
        _accolta(_send(banco, corpo))


def _insieme(banco: Banco) -> None:
    corpo = corpo_of(banco, _ccp(banco, "insieme"))
    with ThreadPoolExecutor(_SIMULTANEE) as pool:
        for risposta in pool.map(lambda _: _send(banco, corpo), range(_SIMULTANEE)):
            _accolta(risposta)


def _attivazione(banco: Banco) -> None:
    _accolta(_send(banco, corpo_of(banco, _ccp(banco, "attivazione"), ricevuta=False)))


def _disordine(banco: Banco) -> None:
    ccp = _ccp(banco, "disordine")
    _accolta(_send(banco, corpo_of(banco, ccp)))
    _accolta(_send(banco, corpo_of(banco, ccp, ricevuta=False)))


def _doppia(banco: Banco) -> None:
    for name in ("doppia-1", "doppia-2"):
        _accolta(_send(banco, corpo_of(banco, _ccp(banco, name))))


def _portale(banco: Banco) -> None:
    query = "?idSession=s-1&idSessionePortale=p-1&idCarrello=c-1"
    _accolta(_send(banco, corpo_of(banco, _ccp(banco, "portale")), query=query))


def _ignoti(banco: Banco) -> None:
    _accolta(_send(banco, corpo_of(banco, _ccp(banco, "ignoti"), campoDiDomani={"nuovo": [1, 2]})))


def _unicode(banco: Banco) -> None:
    versante = {"anagrafica": "Łukasz Nguyễn D’Àvila 👩‍⚖️"}
    _accolta(_send(banco, corpo_of(banco, _ccp(banco, "unicode"), soggettoVersante=versante)))


def _grande(banco: Banco) -> None:
    riscossioni = [{"iur": "x", "indice": 1, "importo": Importo(100), "allegato": {"contenuto": "A" * _GRANDE}}]
    _accolta(_send(banco, corpo_of(banco, _ccp(banco, "grande"), riscossioni=riscossioni)))


def _sconosciuta(banco: Banco) -> None:
    corpo = corpo_of(banco, _ccp(banco, "sconosciuta"), idPendenza=f"PROVA-{banco.prova}-inesistente")
    risposta = _send(banco, corpo)
    require(risposta.stato < 500, f"ha risposto {risposta.stato}: un errore interno")  # noqa: PLR2004


def _annullamento(banco: Banco) -> None:
    corpo = {"codice": "PROVA", "motivazione": "Tentativo di prova"}
    for _ in range(2):
        _accolta(_send(banco, corpo, _ccp(banco, "annullata"), "annulla"))


def _malformata(banco: Banco, corpo: bytes) -> None:
    risposta = _send(banco, corpo)
    require(400 <= risposta.stato < 500, f"ha risposto {risposta.stato}, non 4xx")  # noqa: PLR2004


def _metodo(banco: Banco) -> None:
    risposta = banco.chiedi("GET", _path(banco))
    require(400 <= risposta.stato < 500, f"una GET ha avuto {risposta.stato}, non 4xx")  # noqa: PLR2004


def _altra_via(banco: Banco) -> None:
    risposta = banco.chiedi("GET", ("inesistente",))
    require(400 <= risposta.stato < 500, f"un indirizzo che non c'è ha avuto {risposta.stato}")  # noqa: PLR2004


def _refused(banco: Banco, headers: dict[str, str]) -> None:
    corpo = json_text.write(corpo_of(banco, _ccp(banco, "negata"))).encode()
    require_refused(banco, "POST", _path(banco), headers, corpo)


_CASI: tuple[tuple[str, str, Callable[[Banco], None]], ...] = (
    ("ricevuta", "una ricevuta è accolta con 2xx", _ricevuta),
    ("in-tempo", "si risponde entro dieci secondi", _in_tempo),
    ("ripetuta", "la stessa ricevuta, tre volte, ha sempre 2xx", _ripetuta),
    ("insieme", "la stessa ricevuta, quattro insieme, ha sempre 2xx", _insieme),
    ("attivazione", "un'attivazione, senza RT, è accolta", _attivazione),
    ("disordine", "l'attivazione che arriva dopo la ricevuta è accolta", _disordine),
    ("doppio-pagamento", "due ricevute della stessa pendenza sono accolte", _doppia),
    ("portale", "idSession, idSessionePortale e idCarrello nella query sono ammessi", _portale),
    ("campi-ignoti", "un campo non ancora noto non è un errore", _ignoti),
    ("unicode", "nomi in qualsiasi alfabeto sono accolti", _unicode),
    ("grande", "un corpo di 700 kB è accolto", _grande),
    ("sconosciuta", "una pendenza che non c'è non è un errore interno", _sconosciuta),
    ("annullamento", "un tentativo annullato, due volte, ha 2xx", _annullamento),
    ("malformata", "un corpo che non è JSON ha 4xx", lambda banco: _malformata(banco, b"{")),
    ("vuota", "un corpo vuoto ha 4xx", lambda banco: _malformata(banco, b"")),
    ("metodo", "una GET al posto della POST ha 4xx", _metodo),
    ("altra-via", "un indirizzo che non c'è ha 4xx", _altra_via),
    ("senza-credenziali", "senza credenziali si risponde 401 o 403", lambda banco: _refused(banco, {})),
    ("credenziali-errate", "con credenziali errate si risponde 401 o 403", lambda banco: _refused(banco, _ERRATE)),
)
