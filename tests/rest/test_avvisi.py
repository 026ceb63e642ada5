"""GET /avvisi/{idDominio}/{numeroAvviso}: JSON and paper, for whom."""

import pytest

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.anagrafica import queries as censimento
from chalicelib.avvisi import operations as avvisi
from chalicelib.pendenze import repository
from chalicelib.pendenze.model import PagamentoEseguito
from chalicelib.pendenze.states import StatoPendenza
from tests.aws_calls import counted
from tests.builders import DEBITORE, NUMERO_AVVISO, a_pendenza, a_voce
from tests.builders_anagrafica import ALTRO_DOMINIO, DOMINIO, IBAN_BANCA, a_conto_postale, a_dominio
from tests.clock import NOW
from tests.contract import assert_conforms
from tests.rest.pendenze_app import BACKOFFICE, PAGAMENTO, PAGAMENTO_PUBLIC, PENDENZE, prova

S = StatoPendenza
AVVISO = f"/avvisi/{DOMINIO}/{NUMERO_AVVISO}"
PDF = "application/pdf"


@pytest.fixture
def p(aws, now):
    with prova(now) as joined:
        yield joined


def save(**other):
    from datetime import date

    return repository.save(None, a_pendenza(**{"data_scadenza": date(2100, 1, 1), **other}))


class TestJson:
    def test_gives_what_a_payer_must_know(self, p):
        save(tassonomia_avviso="Imposte e tasse")

        answer = p.comune.get(PAGAMENTO + AVVISO)

        assert answer.json == {
            "stato": "NON_ESEGUITA",
            "importo": 100.50,
            "idDominio": DOMINIO,
            "numeroAvviso": NUMERO_AVVISO,
            "dataScadenza": "2100-01-01",
            "descrizione": "TARI 2026",
            "tassonomiaAvviso": "Imposte e tasse",
            "qrcode": f"PAGOPA|002|{NUMERO_AVVISO}|{DOMINIO}|10050",
            "barcode": f"41580120008260018020{NUMERO_AVVISO}390210050",
        }
        assert_conforms("pagamento", "v1", "avviso", {**answer.json, "stato": "Non pagato"})

    @pytest.mark.parametrize(
        ("stato", "other"),
        [
            ("DUPLICATA", {"stato": S.ESEGUITO}),
            ("DUPLICATA", {"stato": S.PARZIALMENTE_ESEGUITO}),
            ("DUPLICATA", {"stato": S.INCASSATO}),
            ("ANNULLATA", {"stato": S.ANNULLATO}),
            ("SCADUTA", {"data_scadenza": NOW.date().replace(year=2020)}),
        ],
    )
    def test_tells_the_stato(self, p, stato, other):
        save(**other)

        assert p.comune.get(PAGAMENTO + AVVISO).json["stato"] == stato

    def test_tells_when_it_was_paid(self, p):
        save(
            stato=S.ESEGUITO,
            pagamento=PagamentoEseguito(iuv="1", iur="2", ccp="3", data=NOW, importo=a_pendenza().importo),
        )

        assert p.comune.get(PAGAMENTO + AVVISO).json["dataPagamento"] == "2026-11-24"

    @pytest.mark.parametrize("numero", [NUMERO_AVVISO, "301000000000099999", "1", "9" * 18, "x" * 40])
    def test_of_an_unknown_one_is_200_sconosciuta(self, p, numero):
        answer = p.comune.get(f"{PAGAMENTO}/avvisi/{DOMINIO}/{numero}")

        assert answer.status == 200
        assert answer.json == {"stato": "SCONOSCIUTA", "numeroAvviso": numero, "idDominio": DOMINIO}

    def test_of_the_same_iuv_with_another_aux_digit_is_another_number(self, p):
        save()

        answer = p.comune.get(f"{PAGAMENTO}/avvisi/{DOMINIO}/1{NUMERO_AVVISO[1:]}")

        assert answer.json["stato"] == "SCONOSCIUTA"

    def test_takes_one_call(self, p):
        save()
        p.comune.get(PAGAMENTO + AVVISO)

        with counted() as calls:
            p.comune.get(PAGAMENTO + AVVISO)

        assert calls == ["GetItem"]

    @pytest.mark.parametrize("accept", [None, "application/json", "*/*", "text/html, application/json"])
    def test_is_what_is_given_by_default(self, p, accept):
        save()

        assert p.comune.call("GET", PAGAMENTO + AVVISO, accept=accept).json["stato"] == "NON_ESEGUITA"

    def test_is_refused_as_anything_else(self, p):
        save()

        assert p.comune.call("GET", PAGAMENTO + AVVISO, accept="text/html").status == 403


class TestAnonymous:
    def test_knows_of_a_notice_by_its_number_but_not_the_debtor(self, p):
        save()

        answer = p.anonimo.get(PAGAMENTO_PUBLIC + AVVISO)

        assert answer.json["stato"] == "NON_ESEGUITA"
        assert DEBITORE not in answer.raw.decode()
        assert "Rossi" not in answer.raw.decode()

    def test_gets_no_paper(self, p):
        save()

        answer = p.anonimo.call("GET", PAGAMENTO_PUBLIC + AVVISO, accept=PDF)

        assert (answer.status, answer.codice) == (403, "403000")

    def test_may_say_who_the_debtor_is_and_must_be_right(self, p):
        save()

        wrong = p.anonimo.get(PAGAMENTO_PUBLIC + AVVISO, idDebitore="VRDGPP80A01H501X")

        assert p.anonimo.get(PAGAMENTO_PUBLIC + AVVISO, idDebitore=DEBITORE.lower()).status == 200
        assert wrong.status == 403
        assert DEBITORE not in wrong.raw.decode()

    def test_is_not_let_in_elsewhere(self, p):
        assert p.anonimo.get(PENDENZE.replace("basic", "public") + AVVISO).status == 401


class TestPaper:
    def get(self, caller, base=PAGAMENTO, path=AVVISO, **query):
        return caller.call("GET", base + path, accept=PDF, **query)

    def test_is_a_pdf_with_its_name(self, p):
        save()

        answer = self.get(p.comune)

        assert answer.status == 200
        assert answer.raw.startswith(b"%PDF")
        assert answer.headers["Content-Type"] == PDF
        assert f'filename="{DOMINIO}_{NUMERO_AVVISO}.pdf"' in answer.headers["Content-Disposition"]

    def test_of_an_unknown_notice_is_404(self, p):
        assert self.get(p.comune).status == 404

    def test_of_another_dominio_is_not_there(self, p):
        save()

        assert self.get(p.altra).status == 404
        assert self.get(p.altra, PENDENZE).status == 404
        assert self.get(p.operatore, BACKOFFICE).status == 200
        assert self.get(p.operatore, BACKOFFICE, f"/avvisi/{ALTRO_DOMINIO}/{NUMERO_AVVISO}").status == 403

    def test_in_a_language_that_is_none_is_refused(self, p):
        save()

        assert self.get(p.comune, linguaSecondaria="es").status == 422
        assert self.get(p.comune, linguaSecondaria="de").status == 200

    def test_of_nothing_to_pay_says_so(self, p):
        from chalicelib.kernel.importo import ZERO

        save(importo=ZERO, voci=(a_voce(importo=ZERO),))

        answer = self.get(p.comune)

        assert (answer.status, answer.codice) == (422, "SEMANTICA")


class TestPrinting:
    """What is printed once is found again, until something of it changes."""

    def printed(self, pendenza, **other):
        with counted() as calls:
            pdf = avvisi.print_avviso(pendenza, NOW, **other)
        return pdf, "PutObject" in calls

    def test_happens_once(self, p):
        pendenza = save()

        first, was_printed = self.printed(pendenza)
        again, was_printed_again = self.printed(pendenza)

        assert (was_printed, was_printed_again) == (True, False)
        assert first == again

    def test_happens_again_when_the_pendenza_changes(self, p):
        pendenza = save()
        self.printed(pendenza)

        assert self.printed(a_pendenza(causale="Altra"))[1]
        assert self.printed(pendenza, lingua="de")[1]

    def test_happens_again_when_the_ente_changes(self, p):
        pendenza = save()
        self.printed(pendenza)

        anagrafica.put_dominio(dominio=a_dominio(cbill="ZZ999"))
        censimento.forget()

        assert self.printed(pendenza)[1]

    def test_happens_again_when_the_authorisation_of_poste_changes(self, p):
        pendenza = save()
        self.printed(pendenza)

        anagrafica.put_conto(conto=a_conto_postale(aut_stampa_poste="AUT. NUOVA"))
        censimento.forget()

        assert self.printed(pendenza)[1]

    def test_has_a_bollettino_only_with_a_postal_account_and_its_authorisation(self, p):
        pdfplumber = pytest.importorskip("pdfplumber")
        import io

        def text_of(pendenza):
            with pdfplumber.open(io.BytesIO(avvisi.print_avviso(pendenza, NOW))) as pdf:
                return "".join(page.extract_text() for page in pdf.pages)

        senza = a_pendenza(voci=(a_voce(cod_entrata=None, iban_accredito=IBAN_BANCA, iban_appoggio=None),))

        assert "BOLLETTINO" in text_of(a_pendenza())
        assert "BOLLETTINO" not in text_of(senza)
        anagrafica.put_dominio(dominio=a_dominio(aut_stampa_poste=None))
        censimento.forget()
        assert "BOLLETTINO" not in text_of(a_pendenza())
