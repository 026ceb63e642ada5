"""Every GET of the anagrafica is what the published contract of 3.1 says."""

import base64

import pytest

from chalicelib.anagrafica import operations
from chalicelib.anagrafica.model import AuthConnettore, Connettore, ConnettoreFtp, ServizioFtp, TipoAuth
from tests.builders_anagrafica import (
    A2A_ALTRA,
    A2A_COMUNE,
    DOMINIO,
    IBAN_BANCA,
    IBAN_POSTA,
    INTERMEDIARIO,
    STAZIONE_V2,
    a_dominio,
    a_tipo_pendenza,
    a_tipo_pendenza_dominio,
    an_applicazione,
    an_intermediario,
    an_operatore,
    seed_comune,
)
from tests.contract import assert_conforms
from tests.rest.anagrafica_app import PAGAMENTO, PENDENZE, RAGIONERIA, calling

OPERATIONS = [
    ("/intermediari", "/intermediari"),
    ("/intermediari/{idIntermediario}", f"/intermediari/{INTERMEDIARIO}"),
    ("/intermediari/{idIntermediario}/stazioni", f"/intermediari/{INTERMEDIARIO}/stazioni"),
    ("/intermediari/{idIntermediario}/stazioni/{idStazione}", f"/intermediari/{INTERMEDIARIO}/stazioni/{STAZIONE_V2}"),
    ("/domini", "/domini"),
    ("/domini", "/domini?risultatiPerPagina=1"),
    ("/domini/{idDominio}", f"/domini/{DOMINIO}"),
    ("/domini/{idDominio}/unitaOperative", f"/domini/{DOMINIO}/unitaOperative"),
    ("/domini/{idDominio}/unitaOperative/{idUnitaOperativa}", f"/domini/{DOMINIO}/unitaOperative/UFFICIO-TRIBUTI"),
    ("/domini/{idDominio}/contiAccredito", f"/domini/{DOMINIO}/contiAccredito"),
    ("/domini/{idDominio}/contiAccredito/{ibanAccredito}", f"/domini/{DOMINIO}/contiAccredito/{IBAN_POSTA}"),
    ("/domini/{idDominio}/contiAccredito/{ibanAccredito}", f"/domini/{DOMINIO}/contiAccredito/{IBAN_BANCA}"),
    ("/domini/{idDominio}/entrate", f"/domini/{DOMINIO}/entrate"),
    ("/domini/{idDominio}/entrate/{idEntrata}", f"/domini/{DOMINIO}/entrate/BOLLOT"),
    ("/domini/{idDominio}/tipiPendenza", f"/domini/{DOMINIO}/tipiPendenza"),
    ("/domini/{idDominio}/tipiPendenza/{idTipoPendenza}", f"/domini/{DOMINIO}/tipiPendenza/TARI"),
    ("/entrate", "/entrate"),
    ("/entrate/{idEntrata}", "/entrate/TARI"),
    ("/tipiPendenza", "/tipiPendenza"),
    ("/tipiPendenza/{idTipoPendenza}", "/tipiPendenza/TARI"),
    ("/applicazioni", "/applicazioni"),
    ("/applicazioni/{idA2A}", f"/applicazioni/{A2A_COMUNE}"),
    ("/applicazioni/{idA2A}", f"/applicazioni/{A2A_ALTRA}"),
    ("/operatori", "/operatori"),
    ("/operatori/{principal}", "/operatori/gpadmin"),
    ("/operatori/{principal}", "/operatori/operatore"),
    ("/ruoli", "/ruoli"),
    ("/ruoli/{idRuolo}", "/ruoli/Amministratore"),
    ("/profilo", "/profilo"),
    ("/info", "/info"),
    ("/enumerazioni/serviziACL", "/enumerazioni/serviziACL"),
    ("/enumerazioni/versioneConnettore", "/enumerazioni/versioneConnettore"),
    ("/enumerazioni/labelTipiEvento", "/enumerazioni/labelTipiEvento"),
]


@pytest.fixture
def backoffice(aws, now):
    """Give the sample, with every part of the contract that it does not have of itself."""
    seed_comune(now)
    basic = AuthConnettore(tipo=TipoAuth.BASIC, username="u", password="p")
    ftp = ConnettoreFtp(host="ftp.example.it", porta="22", username="u", password="p")
    connettore = Connettore(url="https://ente.example", auth=basic)
    dettagli = {
        "form": {"tipo": "x", "definizione": {"a": 1}},
        "trasformazione": {"tipo": "freemarker", "definizione": {"a": 1}},
        "validazione": {"type": "object"},
    }
    operations.put_intermediario(
        intermediario=an_intermediario(servizio_pagopa=connettore, servizio_ftp=ServizioFtp(lettura=ftp, scrittura=ftp))
    )
    operations.put_dominio(dominio=a_dominio(logo=base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()))
    operations.put_tipo_pendenza(tipo_pendenza=a_tipo_pendenza(dettagli=dettagli))
    operations.put_tipo_pendenza_dominio(tipo=a_tipo_pendenza_dominio(dettagli=dettagli, codifica_iuv="9"))
    operations.put_applicazione(applicazione=an_applicazione(servizio_integrazione=connettore))
    operations.put_operatore(operatore=an_operatore())
    with calling() as caller:
        yield caller


@pytest.mark.parametrize(("operation", "path"), OPERATIONS, ids=[path for _, path in OPERATIONS])
def test_the_backoffice_answers_as_published(backoffice, operation, path):
    assert_conforms("backoffice", "v1", f"GET {operation}", backoffice.get(path))


def test_the_components_of_eventi_are_those_of_the_release_that_has_app_io(backoffice):
    found = backoffice.get("/enumerazioni/componentiEvento")

    assert "API_BACKEND_IO" in found
    for one in found:
        assert_conforms("backoffice", "v1", "componenteEvento", one, release="3.9")


@pytest.mark.parametrize(
    ("api", "base"), [("pendenze", PENDENZE), ("pagamento", PAGAMENTO), ("ragioneria", RAGIONERIA)]
)
@pytest.mark.parametrize("who", [("comune", "Comune-2026"), ("altra", "Altra-2026")])
def test_the_profile_is_as_published(backoffice, api, base, who):
    assert_conforms(api, "v1", "GET /profilo", backoffice.as_(*who, base).get("/profilo"))


@pytest.mark.parametrize("path", ["/domini/99999999999", "/domini?ordinamento=x"])
def test_a_refusal_is_a_fault_as_published(backoffice, path):
    import json

    assert_conforms("backoffice", "v1", "faultBean", json.loads(backoffice.raw("GET", path).body))
