"""Elements and values of the messages: what fits is bound exactly, what does not is refused with path and reason."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from chalicelib.kernel.importo import Importo
from chalicelib.nodo.binding import PAGAMENTI, complex_type, element_of, many, message, read, tag, wrapped, write
from chalicelib.nodo.messages.simple_types import (
    AmountNotZero,
    IsoDate,
    IsoDateTime,
    Text35,
    XsdBase64,
    XsdBoolean,
    XsdInt,
    XsdIntOrZero,
    XsdString,
)
from chalicelib.nodo.scalars import Amount, DateTime, Text
from chalicelib.nodo.sintassi import (
    ElementoFuoriPosto,
    ElementoMancante,
    ElementoSconosciuto,
    SintassiErrata,
    StrutturaErrata,
    ValoreErrato,
)
from chalicelib.nodo.soap import read_document, write_document


@complex_type()
class Voce:
    importo: AmountNotZero
    nota: Text35 | None = None


@message("ordine", ns="urn:prova")
class Ordine:
    id_pa: Text35 = tag("idPA")
    data_ordine: IsoDate | None = None
    iban: Text35 | None = tag("IBAN", choice="accredito", default=None)
    bollo: XsdBase64 | None = tag(choice="accredito", default=None)
    voci: tuple[Voce, ...] = many(1, 2, "voce")
    etichette: tuple[str | Voce, ...] = wrapped({"testo": Text35, "riga": Voce}, most=3, default=())
    pagato: XsdBoolean | None = None


HEAD = "<idPA>1</idPA><IBAN>IT</IBAN>"
VOCE = "<voce><importo>1.00</importo></voce>"


def an_ordine(content=HEAD + VOCE):
    return read_document(f'<p:ordine xmlns:p="urn:prova">{content}</p:ordine>'.encode())


class TestRead:
    def test_binds_what_the_declaration_says(self):
        etichette = "<etichette><riga><importo>2.00</importo></riga><testo>a</testo></etichette>"

        ordine = read(Ordine, an_ordine(f"{HEAD}{VOCE}{VOCE}{etichette}<pagato>1</pagato>"))

        voce = Voce(importo=Importo(100))
        assert ordine == Ordine(
            id_pa="1", iban="IT", voci=(voce, voce), etichette=(Voce(importo=Importo(200)), "a"), pagato=True
        )

    def test_takes_a_nil_element_for_absent(self):
        xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"'

        ordine = read(Ordine, an_ordine(f"<idPA>1</idPA><dataOrdine {xsi}/><IBAN>x</IBAN>{VOCE}"))

        assert ordine.data_ordine is None

    def test_does_not_look_at_attributes(self):
        assert read(Ordine, an_ordine(f'<idPA lingua="it">1</idPA><IBAN>IT</IBAN>{VOCE}')).id_pa == "1"

    @pytest.mark.parametrize(
        ("content", "kind", "reason"),
        [
            ("", ElementoMancante, "ordine: manca l'elemento idPA"),
            ("<idPA>1</idPA>" + VOCE, ElementoMancante, "ordine: manca l'elemento IBAN o bollo"),
            (HEAD, ElementoMancante, "ordine: manca l'elemento voce"),
            (HEAD + "<voce/>", ElementoMancante, "ordine/voce: manca l'elemento importo"),
            ("<altro/>" + HEAD + VOCE, ElementoSconosciuto, "ordine/altro: elemento non previsto: qui è atteso idPA"),
            (HEAD + VOCE + "<altro/>", ElementoSconosciuto, "ordine/altro: elemento non previsto"),
            (HEAD + "<p:voce/>", ElementoSconosciuto, "ordine/voce: elemento non previsto: qui è atteso voce"),
            ("<idPA><x/></idPA>", ElementoSconosciuto, "ordine/idPA/x: elemento non previsto: qui è atteso un testo"),
            (HEAD + "abc" + VOCE, ElementoSconosciuto, "ordine: testo non previsto tra gli elementi"),
            ("<IBAN>IT</IBAN><idPA>1</idPA>" + VOCE, ElementoFuoriPosto, "ordine/IBAN: elemento fuori posto: qui è atteso idPA"),
            (HEAD + VOCE * 3, ElementoFuoriPosto, "ordine/voce[3]: elemento fuori posto o ripetuto più di 2 volte"),
            (HEAD + "<bollo/>" + VOCE, ElementoFuoriPosto, "ordine/bollo: elemento fuori posto: qui è atteso voce"),
            (HEAD + VOCE + "<idPA>1</idPA>", ElementoFuoriPosto, "ordine/idPA[2]: elemento fuori posto o ripetuto"),
        ],
    )  # fmt: skip
    def test_names_what_is_wrong_with_the_structure(self, content, kind, reason):
        with pytest.raises(kind) as refused:
            read(Ordine, an_ordine(content))

        assert isinstance(refused.value, StrutturaErrata)
        assert str(refused.value) == reason

    def test_tells_all_the_values_that_are_wrong(self):
        content = f"<idPA>{'x' * 36}</idPA><dataOrdine>ieri</dataOrdine><IBAN>IT</IBAN>{VOCE}<voce><importo>0.00</importo></voce>"

        with pytest.raises(ValoreErrato) as refused:
            read(Ordine, an_ordine(content))

        assert [errore.percorso for errore in refused.value.errori] == [
            "ordine/idPA",
            "ordine/dataOrdine",
            "ordine/voce[2]/importo",
        ]

    def test_refuses_another_message(self):
        with pytest.raises(ElementoSconosciuto, match="è atteso ordine"):
            read(Ordine, etree.Element("ordine"))


class TestWrite:
    @pytest.mark.parametrize(
        ("changes", "kind", "reason"),
        [
            ({"id_pa": ""}, ValoreErrato, "ordine/idPA: il testo è vuoto"),
            ({"id_pa": "a\x00b"}, ValoreErrato, "ordine/idPA: il testo contiene caratteri che l'XML non ammette"),
            ({"voci": ()}, ElementoMancante, "ordine: manca l'elemento voce"),
            ({"voci": (Voce(importo=Importo(1)),) * 3}, ElementoFuoriPosto, "ordine: sono ammessi al massimo 2 elementi voce"),
            ({"iban": None}, ElementoMancante, "ordine: manca l'elemento IBAN o bollo"),
            ({"bollo": b"x"}, ElementoFuoriPosto, "ordine: sono ammessi al massimo 1 elementi IBAN o bollo"),
            ({"voci": (Voce(importo=Importo(0)),)}, ValoreErrato, "ordine/voce/importo: l'importo non è compreso tra 0.01 e 999999999.99"),
        ],
    )  # fmt: skip
    def test_refuses_what_the_schema_does_not_admit(self, changes, kind, reason):
        fields = {"id_pa": "1", "iban": "IT", "voci": (Voce(importo=Importo(1)),)} | changes

        with pytest.raises(kind) as refused:
            write(Ordine(**fields))

        assert str(refused.value) == reason

    def test_refuses_a_value_of_another_kind(self):
        with pytest.raises(TypeError, match="voci cannot hold a str"):
            write(Ordine(id_pa="1", iban="IT", voci=("voce",)))  # type: ignore[arg-type]

    def test_refuses_what_is_not_a_message(self):
        with pytest.raises(TypeError, match="Voce"):
            write(Voce(importo=Importo(1)))

    @given(text=st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn"]), min_size=1, max_size=35))
    def test_any_text_comes_back_as_it_was(self, text):
        ordine = Ordine(id_pa=text, iban="IT", voci=(Voce(importo=Importo(1)),))

        assert read(Ordine, read_document(write_document(write(ordine)))) == ordine

    @given(cents=st.integers(1, 99_999_999_999), content=st.binary(max_size=200))
    def test_any_amount_and_any_bytes_come_back_as_they_were(self, cents, content):
        ordine = Ordine(id_pa="1", bollo=content, voci=(Voce(importo=Importo(cents)),))

        assert read(Ordine, read_document(write_document(write(ordine)))) == ordine


@complex_type(ns=PAGAMENTI)
class Interno:
    codice: Text35


@message("doppio", ns="http://ws.pagamenti.telematici.gov/", nested=True)
class Doppio:
    interno: Interno


class TestNestedAnswers:
    def test_are_written_twice_wrapped_with_the_official_prefixes(self):
        written = etree.tostring(write(Doppio(interno=Interno(codice="x"))), encoding="unicode")

        assert written == (
            '<ppt:doppio xmlns:ppt="http://ws.pagamenti.telematici.gov/" '
            'xmlns:pay_i="http://www.digitpa.gov.it/schemas/2011/Pagamenti/">'
            "<doppio><interno><pay_i:codice>x</pay_i:codice></interno></doppio></ppt:doppio>"
        )

    @pytest.mark.parametrize(
        ("content", "kind"),
        [
            ("", ElementoMancante),
            ("<altro/>", ElementoSconosciuto),
            ("<doppio><interno><p:codice>x</p:codice></interno></doppio><doppio/>", ElementoSconosciuto),
        ],
    )
    def test_are_refused_wrapped_otherwise(self, content, kind):
        element = read_document(f'<t:doppio xmlns:t="{PPT}" xmlns:p="{PAGAMENTI}">{content}</t:doppio>'.encode())

        with pytest.raises(kind):
            read(Doppio, element)


PPT = "http://ws.pagamenti.telematici.gov/"


def scalar_of(alias):
    return alias.__metadata__[0]


class TestValues:
    @pytest.mark.parametrize(
        ("alias", "text", "value"),
        [
            (XsdBoolean, " true\n", True),
            (XsdBoolean, "0", False),
            (XsdInt, "+7", 7),
            (XsdIntOrZero, "", 0),
            (XsdString, "  a ", "  a "),
            (XsdBase64, "", b""),
            (XsdBase64, " YW\nJj ", b"abc"),
            (AmountNotZero, "007.50", Importo(750)),
            (IsoDate, "2026-11-30+01:00", date(2026, 11, 30)),
            (IsoDateTime, "2026-07-01T10:00:00", datetime(2026, 7, 1, 8, tzinfo=UTC)),
            (IsoDateTime, "2026-12-01T10:00:00", datetime(2026, 12, 1, 9, tzinfo=UTC)),
            (IsoDateTime, "2026-12-01T10:00:00Z", datetime(2026, 12, 1, 10, tzinfo=UTC)),
            (IsoDateTime, "2026-12-01T10:00:00.1234567-05:00", datetime(2026, 12, 1, 15, 0, 0, 123456, tzinfo=UTC)),
            (IsoDateTime, "2026-12-31T24:00:00", datetime(2026, 12, 31, 23, tzinfo=UTC)),
            (IsoDateTime, "2026-10-25T02:30:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ],
    )
    def test_are_read(self, alias, text, value):
        assert scalar_of(alias).parse(text) == value

    @pytest.mark.parametrize(
        ("alias", "text"),
        [
            (AmountNotZero, "1"), (AmountNotZero, "1.5"), (AmountNotZero, "1.500"), (AmountNotZero, "1,50"),
            (AmountNotZero, "-1.00"), (AmountNotZero, "+1.00"), (AmountNotZero, "0.00"), (AmountNotZero, "1e2.00"),
            (AmountNotZero, "1000000000.00"), (AmountNotZero, "٣.٠٠"), (AmountNotZero, "9" * 40 + ".00"),
            (XsdInt, ""), (XsdInt, "1.0"), (XsdInt, "3000000000"), (XsdInt, "9" * 5000), (XsdInt, "1_0"),
            (XsdBoolean, "si"), (XsdBase64, "AAA"), (XsdBase64, "####"), (XsdBase64, "=AAA"),
            (IsoDate, "20261130"), (IsoDate, "2026-02-30"), (IsoDate, "2026-1-1"), (IsoDate, ""),
            (IsoDateTime, "2026-11-30"), (IsoDateTime, "2026-11-30 10:00:00"), (IsoDateTime, "2026-11-30T24:00:01"),
            (IsoDateTime, "2026-11-30T10:00"), (IsoDateTime, "9999-12-31T24:00:00"),
        ],
    )  # fmt: skip
    def test_that_do_not_fit_are_refused_without_repeating_them(self, alias, text):
        with pytest.raises(ValueError) as refused:
            scalar_of(alias).parse(text)

        assert not text or len(text) < 4 or text not in str(refused.value)

    @pytest.mark.parametrize(
        ("text", "reason"),
        [("", "vuoto"), ("a", "più corto di 2"), ("aaaaa", "più lungo di 4"), ("bbb", "forma prevista")],
    )
    def test_of_text_are_refused_with_the_facet_they_break(self, text, reason):
        with pytest.raises(ValueError, match=reason):
            Text(least=2, most=4, pattern="a*").parse(text)

    def test_of_an_enumeration_are_refused_naming_it(self):
        with pytest.raises(ValueError, match="OK, KO"):
            Text(choices=("OK", "KO")).parse("ok")

    def test_instants_without_zone_are_not_written(self):
        with pytest.raises(ValueError, match="senza fuso"):
            DateTime().render(datetime(2026, 1, 1))  # noqa: DTZ001

    @given(cents=st.integers(0, 99_999_999_999))
    def test_amounts_come_back_to_the_cent(self, cents):
        assert Amount().parse(Amount().render(Importo(cents))) == Importo(cents)

    @settings(max_examples=300)
    @given(
        instant=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
    )
    def test_instants_come_back_to_the_second_but_for_the_repeated_hour(self, instant):
        instant = instant.replace(microsecond=0)

        again = DateTime().parse(DateTime().render(instant))

        assert (instant - again).total_seconds() in (0, 3600)


class TestElementOf:
    def test_names_the_global_element(self):
        assert element_of(Ordine) == "{urn:prova}ordine"


class TestSintassiErrata:
    def test_is_one_class_for_structure_and_values(self):
        assert issubclass(StrutturaErrata, SintassiErrata)
        assert issubclass(ValoreErrato, SintassiErrata)
