"""GET /documenti/…/avvisi: the instalments of a documento on one paper."""

import io
from datetime import date

import pytest

from chalicelib.pendenze import repository
from chalicelib.pendenze.model import RiferimentoDocumento, TipoVincolo, Vincolo
from chalicelib.pendenze.states import StatoPendenza
from tests.builders import a_pendenza
from tests.builders_anagrafica import A2A_COMUNE, ALTRO_DOMINIO, DOMINIO
from tests.rest.pendenze_app import BACKOFFICE, PAGAMENTO, PENDENZE, prova

DOCUMENTO = f"/documenti/{DOMINIO}/D-1/avvisi"
DEL_BACKOFFICE = f"{BACKOFFICE}/documenti/{A2A_COMUNE}/{DOMINIO}/D-1/avvisi"


@pytest.fixture
def p(aws, now):
    with prova(now) as joined:
        yield joined


def numero(n):
    sixteen = f"301{n:013d}"
    return f"{sixteen}{int(sixteen) % 93:02d}"


def save(n, *, rata=None, vincolo=None, **other):
    documento = RiferimentoDocumento(identificativo="D-1", descrizione="TARI 2026", rata=rata, vincolo=vincolo)
    pendenza = a_pendenza(
        **{
            "id_pendenza": f"P-{n}",
            "numero_avviso": numero(n),
            "iuv": numero(n)[1:],
            "documento": documento,
            "data_scadenza": date(2100, 1, n + 1),
            **other,
        }
    )
    return repository.save(None, pendenza)


def text_of(answer):
    pdfplumber = pytest.importorskip("pdfplumber")
    assert answer.status == 200, answer.raw
    with pdfplumber.open(io.BytesIO(answer.raw)) as pdf:
        return "".join(page.extract_text() for page in pdf.pages).replace(" ", "").replace("\n", "")


def get(caller, url, **query):
    return caller.call("GET", url, accept="application/pdf", **query)


class TestDocumento:
    @pytest.fixture(autouse=True)
    def _rate(self, p):
        save(0)
        for n in (1, 2, 3):
            save(n, rata=n)

    def test_has_the_whole_and_every_instalment(self, p):
        text = text_of(get(p.comune, PENDENZE + DOCUMENTO))

        assert all(numero(n) in text for n in range(4))

    def test_is_named_for_it(self, p):
        answer = get(p.comune, PAGAMENTO + DOCUMENTO)

        assert f'filename="{DOMINIO}_DOC_D-1.pdf"' in answer.headers["Content-Disposition"]

    def test_gives_the_notices_asked_for(self, p):
        text = text_of(get(p.operatore, DEL_BACKOFFICE, numeriAvviso=[numero(1), numero(2)]))

        assert numero(1) in text
        assert numero(3) not in text

    def test_leaves_out_what_is_paid_or_cancelled(self, p):
        save(4, rata=4, stato=StatoPendenza.ESEGUITO)
        save(5, rata=5, stato=StatoPendenza.ANNULLATO)

        text = text_of(get(p.operatore, DEL_BACKOFFICE))

        assert numero(3) in text
        assert numero(4) not in text
        assert numero(5) not in text

    def test_that_is_not_there_is_404(self, p):
        assert get(p.comune, f"{PENDENZE}/documenti/{DOMINIO}/D-9/avvisi").status == 404
        assert get(p.comune, f"{PENDENZE}/documenti/{DOMINIO}/{'D' * 3000}/avvisi").status == 404
        assert get(p.comune, PENDENZE + DOCUMENTO, numeriAvviso=numero(9)).status == 404

    def test_of_others_is_not_shown(self, p):
        assert get(p.altra, PENDENZE + DOCUMENTO).status == 404
        assert get(p.altra, PAGAMENTO + DOCUMENTO).status == 404
        assert get(p.operatore, f"{BACKOFFICE}/documenti/{A2A_COMUNE}/{ALTRO_DOMINIO}/D-1/avvisi").status == 403
        assert get(p.operatore, f"{BACKOFFICE}/documenti/ALTRA/{DOMINIO}/D-1/avvisi").status == 404


class TestThresholds:
    def test_are_printed_together(self, p):
        save(1, vincolo=Vincolo(tipo=TipoVincolo.ENTRO, giorni=30))
        save(2, vincolo=Vincolo(tipo=TipoVincolo.OLTRE, giorni=30))

        text = text_of(get(p.comune, PENDENZE + DOCUMENTO))

        assert numero(1) in text
        assert numero(2) in text

    def test_of_a_fine_are_printed_together(self, p):
        save(1, vincolo=Vincolo(tipo=TipoVincolo.SCONTATO))
        save(2, vincolo=Vincolo(tipo=TipoVincolo.RIDOTTO))

        assert numero(2) in text_of(get(p.comune, PENDENZE + DOCUMENTO))
