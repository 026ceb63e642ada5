"""Every published code that POST /pagamenti may refuse with has a request that meets it (GovPay 3.1 API 4.2)."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.anagrafica.model import Abilitazioni
from chalicelib.kernel.rome_time import rome_day
from chalicelib.kernel.utenze import TipoUtenza, Utenza
from chalicelib.pagamenti.sessioni import operations
from chalicelib.pendenze.states import StatoPendenza
from tests import builders_anagrafica as sample
from tests.aws_state import items_of
from tests.builders_pagamenti import NAV
from tests.builders_sessioni import (
    ALTRA,
    PUBLIC,
    TODAY,
    VERSANTE,
    a_cart,
    avviso,
    classic,
    completa,
    incerto,
    portale,
    put_dominio,
    riferimento,
    rifiutato,
    stored,
)
from tests.doubles_pagamenti import verificata

YESTERDAY = (rome_day(TODAY) - timedelta(days=1)).isoformat()


@pytest.fixture
def world(aws):
    with portale() as joined:
        yield joined


def voce(**other: Any) -> dict[str, Any]:
    return {"idVocePendenza": "v1", "importo": 12.5, "descrizione": "Diritti", "codEntrata": sample.TARI, **other}


def with_iban(**other: Any) -> dict[str, Any]:
    """Give a voce that says by itself where its money goes."""
    voce = {"idVocePendenza": "v1", "importo": 12.5, "descrizione": "Diritti"}
    contabilita = {"tipoContabilita": "ALTRO", "codiceContabilita": "TARI/2026"}
    return {**voce, **contabilita, "ibanAccredito": sample.IBAN_BANCA, **other}


# -- what a request needs to find


def nothing() -> None:
    """Leave the sample as it is."""


def disabled(put: Callable[..., Any], name: str, thing: Callable[..., Any], **other: Any) -> Callable[[], None]:
    return lambda: put(**{name: thing(abilitato=False, **other)})


def unpaid(**other: Any) -> Callable[[], None]:
    return lambda: stored(**other)


def refused_first(world: Any, **other: Any) -> None:
    world.checkout.risposta = rifiutato()
    world.pay(a_cart(completa(**other)))


INLINE: dict[str, tuple[dict[str, Any], Callable[[], Any]]] = {
    "DOM_000": ({"idDominio": "99999999999"}, nothing),
    "DOM_001": ({}, lambda: put_dominio(abilitato=False)),
    "UOP_000": ({"idUnitaOperativa": "ALTRA"}, nothing),
    "UOP_001": (
        {"idUnitaOperativa": sample.UFFICIO},
        disabled(anagrafica.put_unita, "unita", sample.an_unita),
    ),
    "TVR_000": ({"idTipoPendenza": "ALTRO"}, nothing),
    "TVR_001": ({}, disabled(anagrafica.put_tipo_pendenza, "tipo_pendenza", sample.a_tipo_pendenza)),
    "TVD_000": (
        {"idTipoPendenza": "NUOVO"},
        lambda: anagrafica.put_tipo_pendenza(tipo_pendenza=sample.a_tipo_pendenza(id_tipo_pendenza="NUOVO")),
    ),
    "TVD_001": ({}, disabled(anagrafica.put_tipo_pendenza_dominio, "tipo", sample.a_tipo_pendenza_dominio)),
    "TRB_000": ({"voci": [voce(codEntrata="ALTRA")]}, nothing),
    "TRB_001": ({}, disabled(anagrafica.put_entrata, "entrata", sample.an_entrata)),
    "VER_001": ({"importo": 25, "voci": [voce(), voce()]}, nothing),
    "VER_002": ({"importo": 13}, nothing),
    "VER_017": ({"numeroAvviso": "9" * 18}, nothing),
    "VER_020": ({"voci": [with_iban(ibanAccredito="IT88A0306901783100000300001")]}, nothing),
    "VER_025": ({"numeroAvviso": NAV}, unpaid()),
    "VER_026": (
        {"idDominio": sample.ALTRO_DOMINIO, "numeroAvviso": "099100000000000126"},
        nothing,
    ),
    "VER_027": ({"numeroAvviso": "302" + "0" * 15}, nothing),
    "VER_028": ({}, lambda: put_dominio(iuv_prefix="%(Y)%(Y)%(Y)%(Y)")),
    "VER_032": (
        {"voci": [with_iban()]},
        disabled(anagrafica.put_conto, "conto", sample.a_conto),
    ),
    "VER_033": (
        {"voci": [with_iban(ibanAppoggio="IT88A0306901783100000300001")]},
        nothing,
    ),
    "VER_034": (
        {"voci": [with_iban(ibanAppoggio=sample.IBAN_POSTA)]},
        disabled(anagrafica.put_conto, "conto", sample.a_conto_postale),
    ),
    "VER_039": ({"numeroAvviso": "002" + "0" * 15}, nothing),
    "PAG_007": ({"dataScadenza": YESTERDAY}, nothing),
    "PAG_012": ({"dataValidita": YESTERDAY}, nothing),
}
# A second sending of a pendenza that is there, and unpaid.
AGAIN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "VER_004": ({}, {"idUnitaOperativa": sample.UFFICIO}),
    "VER_005": ({}, {"importo": 25, "voci": [voce(), voce(idVocePendenza="v2")]}),
    "VER_006": ({}, {"voci": [voce(idVocePendenza="v9")]}),
    "VER_007": ({}, {"idTipoPendenza": sample.TARI, "voci": [voce(codEntrata=sample.MULTA)]}),
    "VER_023": ({"voci": [with_iban()]}, {"voci": [with_iban(ibanAccredito=sample.IBAN_POSTA)]}),
    "VER_024": ({}, {"numeroAvviso": NAV}),
}


def asked(stato: str | None) -> Callable[[Any], Any]:
    def pay(world: Any) -> Any:
        stored(data_validita=rome_day(TODAY) - timedelta(days=1))
        world.ente.silence = stato is None
        world.ente.answer = verificata(stato=stato) if stato else None
        return world.pay()

    return pay


def by_citizen(codice: str, **change: Any) -> Callable[[Any], Any]:
    """Pay as a citizen whose identity is known."""

    def pay(world: Any) -> Any:
        stored()
        body = a_cart(completa()) if change.get("whole") else a_cart(avviso(), **change)
        return _as_citizen(world, codice, body)

    return pay


def _as_citizen(world: Any, codice: str, body: Any) -> Any:
    """Call as the citizen that an identity provider would have named: the operation knows the utenza only."""
    real = operations.start

    def as_citizen(**asked: Any) -> Any:
        cittadino = Utenza(principal=codice, tipo=TipoUtenza.CITTADINO, nome="", codice_fiscale=codice)
        return real(**{**asked, "utenza": cittadino})

    del body["urlRitorno"]
    put_dominio(url_ritorno="https://portale.comune.example/")
    with patch.object(operations, "start", as_citizen):
        return world.pay(body)


def paid_before(world: Any) -> Any:
    stored(stato=StatoPendenza.ESEGUITO)
    return world.pay()


def twice(world: Any) -> Any:
    stored()
    world.pay()
    return world.pay()


def disabled_app(world: Any) -> Any:
    stored()
    altra = sample.an_altra_applicazione(
        abilitazioni=Abilitazioni(domini=("*",), tipi_pendenza=("*",)), password_hash=sample.password_hash(ALTRA[1])
    )
    anagrafica.put_applicazione(applicazione=altra)
    anagrafica.put_applicazione(applicazione=sample.an_applicazione(abilitato=False))
    return world.pay(as_=ALTRA)


def not_of_the_tipo(world: Any) -> Any:
    narrow = Abilitazioni(domini=("*",), tipi_pendenza=(sample.MENSA,))
    anagrafica.put_applicazione(applicazione=sample.an_applicazione(abilitazioni=narrow))
    return world.pay(a_cart(completa()))


def already_paid_whole(world: Any) -> Any:
    from chalicelib.pendenze import repository as pendenze

    refused_first(world)
    pendenza = pendenze.get("A2A-COMUNE", "PORTALE-0001")
    pendenze.save(pendenza, replace(pendenza, stato=StatoPendenza.ESEGUITO))
    return world.pay(a_cart(completa(causale="Altra")))


def of_several_stazioni(world: Any) -> Any:
    stored()
    stored(classic())
    return world.pay(a_cart(riferimento(), riferimento(classic())))


def bollo_with_a_notice(world: Any) -> Any:
    bollo = {
        "idVocePendenza": "v2",
        "importo": 16,
        "descrizione": "Bollo",
        "tipoBollo": "01",
        "hashDocumento": "kEC2oYwF0/6/mvgJZnZlNBfPi2ILyhfVMghz2FRWeOQ=",
        "provinciaResidenza": "RM",
    }
    return world.pay(a_cart(completa(importo=28.5, numeroAvviso=NAV, voci=[voce(), bollo])))


def by_nobody(world: Any, *pendenze: Any) -> Any:
    put_dominio(url_ritorno="https://portale.comune.example/")
    return world.pay(a_cart(*pendenze, soggettoVersante=VERSANTE), base=PUBLIC, as_=None)


def shared_by_nobody(world: Any) -> Any:
    anagrafica.put_tipo_pendenza(tipo_pendenza=sample.a_tipo_pendenza(tipo="spontaneo"))
    return by_nobody(world, completa(voci=[voce(idDominio=sample.ALTRO_DOMINIO)]))


def changed_by_nobody(world: Any) -> Any:
    anagrafica.put_tipo_pendenza(tipo_pendenza=sample.a_tipo_pendenza(tipo="spontaneo"))
    assert by_nobody(world, completa()).status == 201
    return by_nobody(world, completa(importo=1, voci=[voce(importo=1)]))


def answered_by(risposta: Any) -> Callable[[Any], Any]:
    def pay(world: Any) -> Any:
        stored()
        world.checkout.risposta = risposta
        return world.pay()

    return pay


OTHERS: dict[str, Callable[[Any], Any]] = {
    "APP_000": lambda world: world.pay(a_cart({"idA2A": "NESSUNO", "idPendenza": "x"})),
    "APP_001": disabled_app,
    "APP_002": lambda world: world.pay(a_cart(completa()), as_=ALTRA),
    "APP_003": lambda world: (stored(), world.pay(as_=ALTRA))[1],
    "APP_006": lambda world: world.pay(a_cart(avviso(numeroAvviso="399000000000000112"))),
    "CIT_002": by_citizen("RSSMRA80A01H501U", whole=True),
    "CIT_003": by_citizen("BNCGNN80A01H501F"),
    "CIT_004": by_citizen("RSSMRA80A01H501U", soggettoVersante=VERSANTE),
    "PAA_NODO_INDISPONIBILE": answered_by(incerto()),
    "PAG_000": of_several_stazioni,
    "PAG_006": paid_before,
    "PAG_014": twice,
    "PPT_SEMANTICA": answered_by(rifiutato("PPT_SEMANTICA")),
    "UAN_002": lambda world: by_nobody(world, completa()),
    "VER_003": already_paid_whole,
    "VER_008": lambda world: world.pay(),
    "VER_010": asked("SCADUTA"),
    "VER_011": asked("SCONOSCIUTA"),
    "VER_012": asked("DUPLICATA"),
    "VER_013": asked("ANNULLATA"),
    "VER_014": asked(None),
    "VER_015": changed_by_nobody,
    "VER_022": not_of_the_tipo,
    "VER_031": bollo_with_a_notice,
    "VER_035": lambda world: world.pay(
        a_cart(completa(voci=[voce(contabilita={"quote": [{"capitolo": "1", "annoEsercizio": 2026, "importo": 3}]})]))
    ),
    "VER_038": shared_by_nobody,
}
CASES = {*INLINE, *AGAIN, *OTHERS}

# Published for loading or for paying, and met by no request of POST /pagamenti here.
NOT_MET = {
    "NDP_000": "on the wire it is PAA_NODO_INDISPONIBILE",
    "NDP_001": "on the wire it is the Nodo's own code",
    "UAN_001": "declared, and never raised in either release",
    "CIT_001": "declared, and never raised in either release",
    "VER_019": "3.1 only: without autodeterminazione it is VER_022 here",
    "VER_021": "3.1 only: without autodeterminazione it is VER_022 here",
    "VER_018": "3.1 only: a notice that is taken is VER_025 here",
    "VER_029": "no ISO 11649 IUV is made",
}


class TestEveryPublishedCode:
    def published(self, shared):
        """Read, from where to expect them, the codes of loading and of POST /pagamenti."""
        text = (shared / "govpay/API.md").read_text(encoding="utf-8")
        where = text[text.index("Where to expect them") : text.index("- return of the payer")]
        known = set(re.findall(r"^\| ([A-Z]{3}_\d{3}) \|", text, re.MULTILINE))
        lines = [line for line in where.splitlines() if line.startswith(("- loading", "- POST"))]
        found: set[str] = set()
        for line in lines:
            prefix = ""
            for letters, first, last in re.findall(r"(?:([A-Z]{3})_)?(\d{3}|\*)(?:\.\.(\d{3}))?", line):
                prefix = letters or prefix
                if first == "*":
                    found |= {code for code in known if code.startswith(prefix)}
                else:
                    found |= {f"{prefix}_{number:03d}" for number in range(int(first), int(last or first) + 1)}
        return found

    def test_has_a_request_that_meets_it(self, shared):
        expected = self.published(shared)

        assert len(expected) > 50
        assert expected - CASES == set(NOT_MET) & expected

    @pytest.mark.parametrize("code", sorted(CASES))
    def test_is_met(self, world, code):
        if code in INLINE:
            change, prepare = INLINE[code]
            prepare()
            answer = world.pay(a_cart(completa(**change)))
        elif code in AGAIN:
            first, then = AGAIN[code]
            refused_first(world, **first)
            answer = world.pay(a_cart(completa(**{**first, **then})))
        else:
            answer = OTHERS[code](world)

        assert answer.codice == code, answer.json
        assert answer.json["descrizione"]
        assert answer.json["dettaglio"]

    @pytest.mark.parametrize("code", sorted(INLINE))
    def test_leaves_nothing_behind(self, world, code):
        change, prepare = INLINE[code]
        prepare()
        before = {name: items for name, items in items_of().items() if "eventi" not in name and "contatori" not in name}

        world.pay(a_cart(completa(**change)))

        after = {name: items for name, items in items_of().items() if "eventi" not in name and "contatori" not in name}
        assert after == before
