"""Sample enti, accounts and callers: a comune with its two domini, valid by default, registered as an operator would."""

from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from chalicelib.anagrafica import operations, queries
from chalicelib.anagrafica.model import (
    BOLLOT,
    LIBERO,
    Abilitazioni,
    Applicazione,
    CodificaAvvisi,
    Connettore,
    ContoAccredito,
    Dominio,
    Entrata,
    Intermediario,
    Operatore,
    Recapiti,
    Stazione,
    TipoContabilita,
    TipoEntrata,
    TipoPendenza,
    TipoPendenzaDominio,
    UnitaOperativa,
    VersioneStazione,
)
from chalicelib.anagrafica.passwords import hash_password
from chalicelib.anagrafica.tables import AnagraficaItem

T = TypeVar("T")
INTERMEDIARIO = "12345678901"
STAZIONE_V1 = "12345678901_01"
STAZIONE_V2 = "12345678901_02"
DOMINIO = "80012000826"  # on STAZIONE_V2, aux digit 3, segregation code 01
ALTRO_DOMINIO = "80012000827"  # on STAZIONE_V1, aux digit 0
UFFICIO = "UFFICIO-TRIBUTI"
IBAN_BANCA = "IT60X0542811101000000123456"
IBAN_POSTA = "IT67N0760111101000000123456"
A2A_COMUNE = "A2A-COMUNE"
A2A_ALTRA = "A2A-ALTRA"  # restricted to ALTRO_DOMINIO and MENSA
PRINCIPAL_COMUNE, PASSWORD_COMUNE = "comune", "Comune-2026"
PRINCIPAL_ALTRA, PASSWORD_ALTRA = "altra", "Altra-2026"
GPADMIN, PASSWORD_GPADMIN = "gpadmin", "Gpadmin-2026"
PRINCIPAL_PAGOPA = "pagopa"
TARI, MULTA, MENSA = "TARI", "MULTA", "MENSA"
TIPI = (LIBERO, BOLLOT, TARI, MULTA, MENSA)
URL_ENTE = "https://gestionale.comune.example/govpay"
URL_NODO = "https://nodo.pagopa.example/webservices"


def there(thing: T | None) -> T:
    """Give what must be there."""
    assert thing is not None
    return thing


@lru_cache(maxsize=32)
def password_hash(password: str) -> str:
    """Hash once a process: scrypt is slow on purpose."""
    return hash_password(password)


def an_intermediario(**other: Any) -> Intermediario:
    return Intermediario(
        **{
            "id_intermediario": INTERMEDIARIO,
            "denominazione": "Comune di Esempio",
            "principal_pagopa": PRINCIPAL_PAGOPA,
            "servizio_pagopa": Connettore(url=URL_NODO),
            **other,
        }
    )


def a_stazione(**other: Any) -> Stazione:
    return Stazione(
        **{"id_stazione": STAZIONE_V2, "id_intermediario": INTERMEDIARIO, "password": "stazione-02", **other}
    )


def a_dominio(**other: Any) -> Dominio:
    return Dominio(
        **{
            "id_dominio": DOMINIO,
            "ragione_sociale": "Comune di Esempio",
            "id_stazione": STAZIONE_V2,
            "recapiti": Recapiti(
                indirizzo="Piazza del Municipio",
                civico="1",
                cap="00100",
                localita="Esempio",
                provincia="RM",
                nazione="IT",
                email="protocollo@comune.example",
                web="https://comune.example",
            ),
            "gln": "8012000826001",
            "cbill": "AB123",
            "aux_digit": "3",
            "segregation_code": "01",
            "aut_stampa_poste": "AUT. DB/SISB/E 1234 DEL 01/02/2020",
            **other,
        }
    )


def an_altro_dominio(**other: Any) -> Dominio:
    return a_dominio(
        **{
            "id_dominio": ALTRO_DOMINIO,
            "ragione_sociale": "Unione dei Comuni di Esempio",
            "id_stazione": STAZIONE_V1,
            "gln": "8012000827008",
            "cbill": "CD456",
            "aux_digit": "0",
            "segregation_code": None,
            **other,
        }
    )


def an_unita(**other: Any) -> UnitaOperativa:
    return UnitaOperativa(**{"id_dominio": DOMINIO, "id_unita": UFFICIO, "ragione_sociale": "Ufficio Tributi", **other})


def a_conto(**other: Any) -> ContoAccredito:
    return ContoAccredito(**{"id_dominio": DOMINIO, "iban": IBAN_BANCA, "bic": "BLOPIT22XXX", **other})


def a_conto_postale(**other: Any) -> ContoAccredito:
    return a_conto(**{"iban": IBAN_POSTA, "bic": None, "postale": True, **other})


def a_tipo_entrata(**other: Any) -> TipoEntrata:
    return TipoEntrata(
        **{
            "id_entrata": TARI,
            "descrizione": "Tassa sui rifiuti",
            "tipo_contabilita": TipoContabilita.ALTRO,
            "codice_contabilita": "TARI/2026",
            **other,
        }
    )


def an_entrata(**other: Any) -> Entrata:
    return Entrata(
        **{
            "id_dominio": DOMINIO,
            "id_entrata": TARI,
            "iban_accredito": IBAN_BANCA,
            "iban_appoggio": IBAN_POSTA,
            **other,
        }
    )


def a_tipo_pendenza(**other: Any) -> TipoPendenza:
    return TipoPendenza(**{"id_tipo_pendenza": TARI, "descrizione": "Tassa sui rifiuti", "codifica_iuv": "1", **other})


def a_tipo_pendenza_dominio(**other: Any) -> TipoPendenzaDominio:
    return TipoPendenzaDominio(**{"id_dominio": DOMINIO, "id_tipo_pendenza": TARI, **other})


def an_applicazione(**other: Any) -> Applicazione:
    """Give the gestionale of the comune: all domini, all tipi, the three APIs."""
    return Applicazione(
        **{
            "id_a2a": A2A_COMUNE,
            "principal": PRINCIPAL_COMUNE,
            "abilitazioni": Abilitazioni(domini=("*",), tipi_pendenza=("*",)),
            "codifica_avvisi": CodificaAvvisi(
                codifica_iuv="1", reg_exp_iuv="(01[0-9]{15})|(1[0-9]{14})", generazione_iuv_interna=True
            ),
            "api_pagamenti": True,
            "api_pendenze": True,
            "api_ragioneria": True,
            "servizio_integrazione": Connettore(url=URL_ENTE),
            "password_hash": password_hash(PASSWORD_COMUNE),
            **other,
        }
    )


def an_altra_applicazione(**other: Any) -> Applicazione:
    """Give a second gestionale, restricted to one dominio and one tipo."""
    return an_applicazione(
        **{
            "id_a2a": A2A_ALTRA,
            "principal": PRINCIPAL_ALTRA,
            "abilitazioni": Abilitazioni(domini=(ALTRO_DOMINIO,), tipi_pendenza=(MENSA,)),
            "codifica_avvisi": CodificaAvvisi(codifica_iuv="2", reg_exp_iuv="2[0-9]{14}", generazione_iuv_interna=True),
            "servizio_integrazione": Connettore(url="https://mensa.example/govpay"),
            "password_hash": password_hash(PASSWORD_ALTRA),
            **other,
        }
    )


def an_operatore(**other: Any) -> Operatore:
    """Give an operatore of the comune, with the ruolo Operatore on one dominio."""
    return Operatore(
        **{
            "principal": "operatore",
            "ragione_sociale": "Operatore di Esempio",
            "abilitazioni": Abilitazioni(domini=(DOMINIO,), tipi_pendenza=("*",), ruoli=("Operatore",)),
            "password_hash": password_hash("Operatore-2026"),
            **other,
        }
    )


_seeded: list[AnagraficaItem] = []


def seed_comune(now: datetime) -> None:
    """Register the whole sample: gpadmin too, with PASSWORD_GPADMIN.

    Once a process it goes through the operations; after that the items they made are put back, four times as fast.
    """
    queries.forget()
    if not _seeded:
        was_empty = next(iter(AnagraficaItem.scan(limit=1)), None) is None
        _register_comune()
        if was_empty:
            _seeded.extend(AnagraficaItem.scan())
        return
    with AnagraficaItem.batch_write() as batch:
        for item in _seeded:
            batch.save(item)


def _register_comune() -> None:
    operations.seed(password_hash=password_hash(PASSWORD_GPADMIN))
    operations.put_intermediario(intermediario=an_intermediario())
    operations.put_stazione(
        stazione=a_stazione(id_stazione=STAZIONE_V1, versione=VersioneStazione.V1, password="stazione-01")
    )
    operations.put_stazione(stazione=a_stazione())
    for codice, (nome, descrizione) in enumerate(
        ((TARI, "Tassa sui rifiuti"), (MULTA, "Sanzioni al codice della strada"), (MENSA, "Mensa scolastica")), 1
    ):
        operations.put_tipo_entrata(
            tipo_entrata=a_tipo_entrata(id_entrata=nome, descrizione=descrizione, codice_contabilita=f"{nome}/2026")
        )
        operations.put_tipo_pendenza(
            tipo_pendenza=a_tipo_pendenza(id_tipo_pendenza=nome, descrizione=descrizione, codifica_iuv=str(codice))
        )
    for dominio in (a_dominio(), an_altro_dominio()):
        _seed_dominio(dominio)
    operations.put_unita(unita=an_unita())
    operations.put_applicazione(applicazione=an_applicazione())
    operations.put_applicazione(applicazione=an_altra_applicazione())


def _seed_dominio(dominio: Dominio) -> None:
    id_dominio = dominio.id_dominio
    operations.put_dominio(dominio=dominio)
    operations.put_conto(conto=a_conto(id_dominio=id_dominio))
    operations.put_conto(conto=a_conto_postale(id_dominio=id_dominio))
    for nome in (TARI, MULTA, MENSA):
        operations.put_entrata(entrata=an_entrata(id_dominio=id_dominio, id_entrata=nome))
    operations.put_entrata(
        entrata=an_entrata(id_dominio=id_dominio, id_entrata=BOLLOT, iban_accredito=None, iban_appoggio=None)
    )
    for nome in TIPI:
        operations.put_tipo_pendenza_dominio(tipo=a_tipo_pendenza_dominio(id_dominio=id_dominio, id_tipo_pendenza=nome))
