"""Files grown from the grammars of banks, enti and pagoPA: read to the cent, or refused by name.

GOVPAY_FUZZ says how many each grammar gets (`make fuzz`); a few, and always the same, where it is not set.
"""

import contextlib
import json
import os
import re
import time
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from chalicelib.nodo.messages.flusso_riversamento import read_flusso
from chalicelib.pagopa.fdr import FlussiFdr
from chalicelib.riconciliazione import model
from chalicelib.riconciliazione.giornale_di_cassa import GiornaleIllegibile, Movimento
from chalicelib.riconciliazione.ports import FlussoIllegibile
from chalicelib.tracciati.lettura.csv_righe import open_csv
from chalicelib.tracciati.lettura.errori import TracciatoIllegibile
from chalicelib.tracciati.lettura.json_righe import open_json
from chalicelib.tracciati.mappa import formati
from tests.builders_riconciliazione import a_chiave, a_flow, a_riga
from tests.rules.giornale_di_cassa_testi import (
    camt,
    csv_base,
    movimento,
    mt940,
    ntry,
    opened,
    opi,
    riga_base,
    rows,
    zipped,
)
from tests.rules.test_giornale_di_cassa_busta import signed

EXAMPLES = int(os.environ.get("GOVPAY_FUZZ", "60"))
SECONDS = 3


def fuzzed(*strategies):
    """Draw always the same, few; or many, and the least that fails."""

    def with_settings(test):
        chosen = settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate] if EXAMPLES < 100 else [Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        return seed(20261124)(chosen(given(*strategies)(test)))

    return with_settings


SIGNS = st.sampled_from(["", "", "", "", "-", "+", "- ", "--"])
FIGURES = st.one_of(
    st.from_regex(r"[0-9]{1,13},[0-9]{0,2}", fullmatch=True),
    st.from_regex(r"[0-9]{1,13}(\.[0-9]{1,2})?", fullmatch=True),
    st.from_regex(r"[0-9]{1,4}(\.[0-9]{3}){0,2}(,[0-9]{0,3})?", fullmatch=True),
    st.from_regex(r"[0-9]{1,4}(,[0-9]{3}){0,2}(\.[0-9]{0,3})?", fullmatch=True),
    st.from_regex(r"0{0,3}[0-9]{1,14}[.,][0-9]{2}", fullmatch=True),
    st.from_regex(r"[0-9.,]{1,12}", fullmatch=True),
    st.sampled_from(
        ["1e3", "0x10", "1_000.00", "NaN", "Infinity", "", " ", "٣,00", "1 000,00", "1'000.00", "½", "1,2,3"]
    ),
)
AMOUNTS = st.builds(
    lambda sign, figures, end: sign + figures + end, SIGNS, FIGURES, st.sampled_from(["", "", "", " ", "€", "\n"])
)


def plainly(text: str) -> Decimal:
    """Read an amount as a person would: of two separators the last is the decimal one, a sign is a sign.

    :raises ArithmeticError: if a person would not
    """
    text = text.strip()
    last = max(text.rfind("."), text.rfind(","))
    repeated = last >= 0 and text.count(text[last]) > 1
    if last >= 0 and not repeated:
        whole, cents = text[:last], text[last + 1 :]
    else:
        whole, cents = text, ""
    return Decimal(f"{re.sub('[.,]', '', whole)}.{cents or '0'}")


def journals(amount: str) -> dict[str, bytes]:
    """Give a journal of each family with that amount; what a format has no place for is left out."""
    with_comma = amount.replace("\n", "")
    return {
        "opi": opi(movimento(importo=amount)).encode(),
        "camt": camt(ntry(amt=amount)).encode(),
        "mt940": mt940(f":61:2611201120C{with_comma}NTRFX//Y", ":86:CAUSALE").encode(),
        "csv": csv_base(riga_base(importo=amount)).encode(),
    }


WRAPS = {
    "as it is": lambda content: content,
    "zip": lambda content: zipped(("gdc.txt", content)),
    "p7m": signed,
}


class TestAnAmountOfTheBank:
    @pytest.mark.parametrize("family", ["opi", "camt", "mt940", "csv"])
    @fuzzed(AMOUNTS)
    def test_is_read_as_it_is_written_or_not_at_all(self, family, amount):
        found = []
        with contextlib.suppress(GiornaleIllegibile):
            found = [row for row in rows(journals(amount)[family]) if isinstance(row, Movimento)]

        for row in found:
            assert abs(Decimal(row.importo.cents)) == abs(plainly(amount)) * 100, amount


PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            [b"<", b">", b"&x;", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?x?>", b'"', b";", b"\n", b"\r", b"\0", b":61:", b":86:",
             b"-}", b"\xff", b"\xef\xbb\xbf", b"<!DOCTYPE x>", b"<Ntry>", b"</Ntry>", b"<importo>", b"9" * 40, b"x" * 9000,
             b'{"', b"[", b"{", b"}", b"]", b",", b"null", b"1e999", b"NaN", b"\\ud800", b"[" * 2000, b"\xc3"]
        ),
        st.binary(max_size=6),
    ),
    min_size=1,
    max_size=3,
)  # fmt: skip
PLACES = st.tuples(st.floats(0, 1), st.sampled_from([0, 0, 1, 5, 40, 10_000_000]), PIECES)


def edited(content: bytes, edits) -> bytes:
    for place, length, pieces in edits:
        at = int(place * len(content))
        content = content[:at] + b"".join(pieces) + content[at + length :]
    return content


EDITS = st.lists(PLACES, max_size=3)


def in_time(work) -> None:
    began = time.process_time()
    work()
    assert time.process_time() - began < SECONDS


class TestAJournal:
    @fuzzed(st.sampled_from(["opi", "camt", "mt940", "csv"]), st.sampled_from(list(WRAPS)), EDITS, EDITS)
    def test_is_read_or_refused_by_name(self, family, wrap, inside, outside):
        content = edited(
            WRAPS[wrap](edited(journals("10,00" if family != "camt" else "10.00")[family], inside)), outside
        )

        def read():
            with contextlib.suppress(GiornaleIllegibile):
                opened(content).check()
            with contextlib.suppress(GiornaleIllegibile):
                list(opened(content))

        in_time(read)


CSV = b'idA2A,idPendenza,importo\nA,"P;1","1.00"\nA,P-2,2.00\n'
JSON = json.dumps(
    {"idTracciato": "T", "inserimenti": [{"importo": 1.5, "voci": [{}]}], "annullamenti": [{"a": "b"}]}
).encode()


class TestATracciato:
    @pytest.mark.parametrize(("reader", "content"), [(open_csv, CSV), (open_json, JSON)])
    @fuzzed(EDITS)
    def test_is_read_or_refused_by_name(self, reader, content, tmp_path_factory, edits):
        path = tmp_path_factory.getbasetemp() / f"fuzz-{os.getpid()}"
        path.write_bytes(edited(content, edits))

        def read():
            with contextlib.suppress(TracciatoIllegibile):
                list(reader(path)[1])

        in_time(read)

    @pytest.mark.parametrize(
        ("reader", "scale", "points"),
        # Where a comma is the decimal separator, a point is none.
        [(formati.importo, 1, "."), (formati.importo_virgola, 1, ""), (formati.centesimi, 100, ".")],
    )
    @fuzzed(AMOUNTS)
    def test_has_amounts_as_they_are_written_or_none(self, reader, scale, points, amount):
        with contextlib.suppress(formati.ValoreNonValido):
            assert reader(amount) * scale == plainly(amount.replace(".", points)), amount

    @pytest.mark.parametrize("amount", ["0.001", "0.100", "01.000", "000.000,01"])
    def test_has_no_thousands_of_nothing(self, amount):
        with pytest.raises(formati.ValoreNonValido):
            formati.importo_virgola(amount)


def page(pay: str) -> bytes:
    row = f'"iuv":"01","iur":"R","index":1,"idTransfer":1,"pay":{pay},"payStatus":"EXECUTED","payDate":"2026-11-23"'
    return f'{{"metadata":{{"pageSize":1000,"pageNumber":1,"totPage":1}},"count":1,"data":[{{{row}}}]}}'.encode()


def of_fdr(content: bytes):
    return list(FlussiFdr().leggi(BytesIO(content), chiave=a_chiave(revisione=1), parte=1, dopo=0))


def of_xml(content: bytes):
    return [one for one in read_flusso(BytesIO(content)) if not isinstance(one, model.Testata)]


FLOW = a_flow(a_riga())
_PAID = re.compile(rb"(<singoloImportoPagato>)[^<]*")


class TestAFlow:
    @pytest.mark.parametrize(("reader", "content"), [(of_fdr, page("1.10")), (of_xml, FLOW)])
    @fuzzed(EDITS)
    def test_is_read_or_refused_by_name(self, reader, content, edits):
        def read():
            with contextlib.suppress(FlussoIllegibile):
                reader(edited(content, edits))

        in_time(read)

    @pytest.mark.parametrize(
        ("reader", "write"),
        [(of_fdr, page), (of_xml, lambda text: _PAID.sub(lambda found: found[1] + text.encode(), FLOW))],
    )
    @fuzzed(AMOUNTS)
    def test_has_amounts_as_they_are_written_or_none(self, reader, write, amount):
        with contextlib.suppress(FlussoIllegibile):
            for row in reader(write(amount)):
                assert Decimal(row.importo.cents) == Decimal(amount.strip()) * 100, amount
