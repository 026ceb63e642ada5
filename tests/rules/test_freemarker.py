"""Templates of GovPay: what is read of them, what is refused, and that data never become more than data."""

import base64
import contextlib
import json
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.freemarker import (
    ModelloFallito,
    ModelloNonValido,
    Uscita,
    definizione_of,
    lettore_of,
    read,
)
from chalicelib.kernel.importo import Importo

GOVPAY = """<#ftl output_format="JSON"><#setting locale="en_US">
<#-- importo dal modulo -->
<#assign importo = jsonPath.read("$.importo")>
{
 "idPendenza": "${transactionId}",
 "idDominio": "${pathParams["idDominio"]}",
 "causale": "${jsonPath.read("$.causale")?json_string}",
 "importo": ${importo?c},
 <#if jsonPath.read("$.email")??>"email": "${jsonPath.read("$.email")}",</#if>
 "voci": [<#list jsonPath.read("$.voci") as voce>{"descrizione": "${voce.nome!"Voce"}"}<#if voce_has_next>,</#if></#list>]
}"""


def data(**dati: Any) -> dict[str, Any]:
    return {"jsonPath": {"read": lettore_of(dati)}, "transactionId": "T1", "pathParams": {"idDominio": "01234567890"}}


class TestTemplateOfGovPay:
    def test_becomes_a_pendenza_unchanged(self) -> None:
        dati = data(importo=Decimal("12.50"), causale='Mensa "A"\n', voci=[{"nome": "Primo"}, {}])

        found = json.loads(read(GOVPAY).render(dati, uscita=Uscita.JSON), parse_float=Decimal)

        assert found == {
            "idPendenza": "T1",
            "idDominio": "01234567890",
            "causale": 'Mensa "A"\n',
            "importo": Decimal("12.5"),
            "voci": [{"descrizione": "Primo"}, {"descrizione": "Voce"}],
        }

    @given(testo=st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
    def test_takes_no_json_from_the_data(self, testo: str) -> None:
        written = read('{"causale": "${jsonPath.read("$.c")}", "importo": 100}').render(
            data(c=testo), uscita=Uscita.JSON
        )

        assert json.loads(written) == {"causale": testo, "importo": 100}

    @pytest.mark.parametrize("value", ['1, "importo": 0', "[1]", "1 2", "NaN", "0x1", "1e99"])
    def test_takes_nothing_but_a_number_out_of_a_string(self, value: str) -> None:
        with pytest.raises(ModelloFallito, match="solo un numero"):
            read('{"importo": ${jsonPath.read("$.i")}}').render(data(i=value), uscita=Uscita.JSON)

    def test_reads_the_beans_by_their_getters(self) -> None:
        versamento = {"importoTotale": Importo(123450), "causaleVersamento": {"simple": "Tari <2026>"}}

        text = read("${versamento.getImportoTotale()} ${versamento.getCausaleVersamento().getSimple()}")

        assert text.render({"versamento": versamento}) == "1.234,50 Tari <2026>"
        assert text.render({"versamento": versamento}, uscita=Uscita.HTML) == "1.234,50 Tari &lt;2026&gt;"

    def test_may_be_in_base64_or_plain_or_an_object(self) -> None:
        coded = base64.b64encode(b"Ciao ${nome}").decode()

        for text in (coded, "Ciao ${nome}"):
            modello = definizione_of(text).modello
            assert modello is not None
            assert modello.render({"nome": "Ada"}) == "Ciao Ada"
        found = definizione_of({"importo": "${n}", "voci": [{"descrizione": "di ${nome}", "indice": 1}]})
        assert found.filled({"n": Decimal("1.10"), "nome": "Ada"}) == {
            "importo": Decimal("1.10"),
            "voci": [{"descrizione": "di Ada", "indice": 1}],
        }


class TestExpressions:
    @pytest.mark.parametrize(
        ("text", "written"),
        [
            ("${1 + 2 * 3}", "7"),
            ("${(1 + 2) * 3}", "9"),
            ("${1 < 2 && !(2 lt 1)}", "true"),
            ("<#if (n > 1)>tanti<#elseif n == 1>uno<#else>nessuno</#if>", "uno"),
            ("<#if n gt 1>tanti<#elseif n != 1>zero<#else>nessuno</#if>", "nessuno"),
            ("${'a' + n + \"b\"}", "a1b"),
            ("${nome?upper_case?substring(1, 3)?length}", "2"),
            ("${(assente.campo)!'nulla'}${assente!}", "nulla"),
            ("${assente?? || nome?has_content}", "true"),
            ("${euro?string('#,##0.00')} ${euro?string(\"0.00\")} ${euro?c}", "1.234,50 1234,50 1234.5"),
            ("${giorno?string('dd/MM/yyyy')} ${giorno}", "31/12/2026 31/12/2026"),
            ("${ora?string('HH:mm')}", "01:30"),
            ("${elenco?size} ${elenco?first} ${elenco[1]} ${elenco?join('-')}", "2 a b a-b"),
            ("<#list vuoto as x>${x}<#else>nulla</#list>", "nulla"),
            ("${nome?replace('d', 'l')?cap_first} ${nome?contains('da')?string('sì', 'no')}", "Ala sì"),
            ("${'1.5'?number + 1} ${(-n)?abs!}", None),
            ("${1.50?string('0.0')}", "1,5"),
            ("${'a\\\"b'}${r'\\n'}", 'a"b\\n'),
        ],
    )
    def test_give(self, text: str, written: str | None) -> None:
        dati = {
            "n": Decimal(1), "nome": "ada", "euro": Importo(123450), "giorno": date(2026, 12, 31), "vuoto": [],
            "ora": datetime(2026, 7, 1, 23, 30, tzinfo=UTC), "elenco": ["a", "b"],
        }  # fmt: skip
        if written is None:
            with pytest.raises(ModelloNonValido, match="abs non è ammesso"):
                read(text)
            return
        assert read(text).render(dati) == written

    @pytest.mark.parametrize(
        "text",
        [
            "${nome.cognome}", "${nome?number}", "${oggetto}", "${elenco?string}", "<#list nome as x></#list>",
            "<#if nome>x</#if>", "${1 / 0}", "${nome == 1}", "${nome()}", "${elenco[9]}", "${nome?substring(9)}",
            "${1.555?string('0.00')}", "${vuoto?first}", "${nome?date}", "${nome?replace('a', 'b', 'r')}",
            "${nome?contains()}", "${nome < 'b'}",
        ],
    )  # fmt: skip
    def test_that_the_data_do_not_fill_are_told(self, text: str) -> None:
        dati = {"nome": "ada", "oggetto": {}, "elenco": ["a"], "vuoto": []}

        with pytest.raises(ModelloFallito):
            read(text).render(dati)


class TestRefused:
    @pytest.mark.parametrize(
        ("text", "motivo"),
        [
            ('${class["java.lang.Runtime"]}', "class non è ammesso"),
            ('${"x"?new()}', "new non è ammesso"),
            ("${x?api.y}", "api non è ammesso"),
            ("${x?eval}", "eval non è ammesso"),
            ('<#assign a = class["x"]>', "class non è ammesso"),
            ("<#include 'x'>", "<#include> non è ammesso"),
            ("<#macro m></#macro>", "<#macro> non è ammesso"),
            ("riga\n<@m/>", "riga 2: <@ non è ammesso"),
            ('${"a${b}"}', "unire i testi con"),
            ("${x", "manca }"),
            ("<#if x>", "manca la chiusura"),
            ("<#else>", "non è ammesso"),
            ("<#-- x", "commento senza fine"),
            ("<#list a b>", "manca as"),
            ("${x?strano}", "\\?strano non è ammesso"),
            ("${" + "(" * 60 + "1" + ")" * 60 + "}", "annidata"),
            ("<#if a>" * 30 + "</#if>" * 30, "annidate"),
            ("x" * 150_001, "supera"),
            ("${x[1, 2]}", "un solo valore"),
        ],
    )
    def test_by_name(self, text: str, motivo: str) -> None:
        with pytest.raises(ModelloNonValido, match=motivo):
            read(text)

    @pytest.mark.parametrize("value", [None, 3, ["x"]])
    def test_when_it_is_no_template(self, value: Any) -> None:
        with pytest.raises(ModelloNonValido):
            definizione_of(value)

    def test_when_the_path_is_not_one(self) -> None:
        for path in ("x", "$..a", "$.a[*]", "$[?(@.a)]", "$" + ".a" * 300):
            with pytest.raises(ModelloFallito):
                lettore_of({"a": [1]})(path)


class TestBounds:
    @pytest.mark.parametrize(
        "text",
        [
            "<#assign a = 'xxxxxxxxxx'>" + "<#assign a = a + a>" * 40,
            "<#list l as a><#list l as b><#list l as c><#list l as d>x</#list></#list></#list></#list>",
            "<#assign n = 9999999999>" + "<#assign n = n * n>" * 20 + "${n}",
            "<#assign a = 'aaaaaaaaaa'>" + "<#assign a = a?replace('a', 'aaaaaaaaaa')>" * 9,
        ],
        ids=["text", "steps", "digits", "replace"],
    )
    def test_stop_what_would_not_end(self, text: str) -> None:
        started = time.monotonic()

        with pytest.raises(ModelloFallito):
            read(text).render({"l": list(range(100))})

        assert time.monotonic() - started < 5

    @given(text=st.text(alphabet="${}<#>if/list as!?.()[]\"'x1 =&|+-\\", max_size=80))
    def test_hold_for_any_text(self, text: str) -> None:
        with contextlib.suppress(ModelloNonValido, ModelloFallito):
            read(text).render({"x": "1"}, uscita=Uscita.JSON)
