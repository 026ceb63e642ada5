"""Files made to harm, or merely wrong, the whole way: put in the bucket, taken from the queue, told in a report beside."""

import base64
import json
import struct
import tracemalloc
import zipfile
from io import BytesIO
from unittest.mock import patch

import pytest

from chalicelib.aws.clients import client
from chalicelib.kernel.importo import Importo
from chalicelib.riconciliazione.esiti import EsitoMovimento
from chalicelib.riconciliazione.giornale_di_cassa import apertura
from chalicelib.riconciliazione.importazione import operations
from chalicelib.riconciliazione.importazione.archivio import BUCKET
from chalicelib.riconciliazione.importazione.operations import consegna
from chalicelib.riconciliazione.importazione.states import StatoGiornale
from chalicelib.settings import settings
from tests.aws_state import count_of, messages_of
from tests.builders_importazione import (
    ENTE,
    NOW,
    comune_with_archive,
    drop,
    giornali,
    imported,
    movimenti_of,
    report_of,
    run_queue,
)
from tests.rules.giornale_di_cassa_testi import BASE, camt, csv_base, movimento, opi, riga_base, zipped

PROLOGO = '<?xml version="1.0" encoding="UTF-8"?>'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
MEMORY = 48 * 1024 * 1024  # most of it is the embedded S3, which holds the file more than once


def _lying_zip() -> bytes:
    """Give a zip whose one file says that it is of 300 MB."""
    content = bytearray(zipped(("a.xml", b"x")))
    struct.pack_into("<LL", content, content.rindex(b"PK\x01\x02") + 20, 2_000_000, 300_000_000)
    return bytes(content)


def _nested() -> bytes:
    inner = zipped(("a.xml", opi(movimento())))
    return zipped(("a.xml", opi(movimento())), ("dentro.zip", inner))


def _without_end() -> str:
    return f"{BASE}\n" + "2026;1;2026-11-20;;X;1,00;\n" * 2_001


REFUSED = {
    "zip bomb": (lambda: zipped(("bomba.xml", b" " * 50_000_000)), "GDC_ZIP"),
    "zip that lies": (_lying_zip, "GDC_ZIP"),
    "zip in a zip": (_nested, "GDC_ZIP"),
    "zip in a zip by another name": (lambda: zipped(("a.xml", zipped(("b.xml", b"x")))), "GDC_ZIP"),
    "zip of too many files": (lambda: zipped(*((f"{n}.xml", b"") for n in range(1001))), "GDC_ZIP"),
    "zip cut short": (lambda: zipped(("a.xml", opi(movimento())))[:-30], "GDC_ZIP"),
    "xxe": (lambda: opi(movimento(causale="&x;"), prologo=PROLOGO + '<!DOCTYPE f [<!ENTITY x SYSTEM "file:///etc/hostname">]>'), "GDC_DOCTYPE"),
    "external dtd": (lambda: opi(prologo=PROLOGO + '<!DOCTYPE f SYSTEM "https://example.invalid/f.dtd">'), "GDC_DOCTYPE"),
    "billion laughs": (lambda: opi(movimento(causale="&l9;"), prologo=f'{PROLOGO}<!DOCTYPE f [<!ENTITY l0 "ah">{LAUGHS}]>'), "GDC_DOCTYPE"),
    "deep nesting": (lambda: opi(coda="<a>" * 100_000), None),
    "tag of megabytes": (lambda: opi(coda=f'<a b="{"x" * 3_000_000}"/>'), None),
    "rows without end": (_without_end, "GDC_TROPPO_GRANDE"),
    "cut short": (lambda: opi(movimento(), movimento())[:-80], "GDC_TRONCATO"),
    "cut short in a zip": (lambda: zipped(("a.xml", opi(movimento())), ("b.xml", opi(movimento())[:-80])), "GDC_TRONCATO"),
    "another ente": (lambda: opi(movimento()).replace(ENTE, "80012000826"), "GDC_ALTRO_ENTE"),
    "another ente in a zip": (lambda: zipped(("a.xml", opi(movimento())), ("b.xml", opi(movimento()).replace(ENTE, "80012000826"))), "GDC_ALTRO_ENTE"),
    "nothing": (lambda: b"", None),
    "nul": (lambda: csv_base(riga_base() + "\0"), None),
    "pdf": (lambda: b"%PDF-1.7\n" + b"x" * 1000, None),
    "neither charset": (lambda: opi(movimento(causale="ZZ")).encode().replace(b"ZZ", b"\x81\xff"), None),
    "envelope of nothing": (lambda: base64.b64encode(b"\x30\x82\x01\x00" * 100), None),
}  # fmt: skip


@pytest.fixture
def fonte(aws, monkeypatch):
    monkeypatch.setattr(apertura, "MAX_RIGHE", 2_000)
    with comune_with_archive() as fonte:
        yield fonte


def original_of(giornale) -> bytes:
    return client("s3").get_object(Bucket=settings().bucket(BUCKET), Key=giornale.originale)["Body"].read()


class TestAFileThatIsRefused:
    @pytest.mark.parametrize("name", REFUSED)
    def test_is_kept_and_told_beside_and_moves_nothing(self, fonte, name):
        build, codice = REFUSED[name]
        made = build()
        content = made.encode() if isinstance(made, str) else made
        drop(content, "giornale.dat")

        tracemalloc.start()
        run_queue()
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

        (giornale,) = giornali()
        assert giornale.stato is StatoGiornale.RIFIUTATO
        assert giornale.codice == (codice or giornale.codice)
        assert giornale.motivo
        assert original_of(giornale) == content
        body = json.loads(report_of(giornale, "json"))
        assert (body["stato"], body["movimenti"]) == ("RIFIUTATO", [])
        assert giornale.motivo in report_of(giornale, "csv").decode("utf-8-sig").replace('""', '"')
        assert report_of(giornale, "pdf").startswith(b"%PDF-")
        assert [esito.chiave for esito in giornale.esiti] == [
            f"giornale-di-cassa/{ENTE}/esiti/giornale.dat.{formato}" for formato in ("json", "csv", "pdf")
        ]
        assert count_of("incassi") == 0
        assert count_of("movimenti") == 1, "the giornale itself"
        assert most < MEMORY + 4 * len(content)

    def test_of_more_than_200_mb_is_not_even_read(self, fonte):
        oggetto = {"key": f"giornale-di-cassa/{ENTE}/in/enorme.xml", "size": 200 * 1024 * 1024 + 1, "sequencer": "1"}

        operations.handle({"Records": [{"eventName": "ObjectCreated:Put", "s3": {"object": oggetto}}]}, now=NOW)

        (giornale,) = giornali()
        assert (giornale.stato, giornale.codice) == (StatoGiornale.RIFIUTATO, "GDC_TROPPO_GRANDE")
        assert json.loads(report_of(giornale, "json"))["movimenti"] == []

    def test_told_again_changes_nothing(self, fonte):
        drop(opi(prologo=PROLOGO + "<!DOCTYPE f>").encode())
        (message,) = messages_of("giornale-di-cassa")
        operations.handle(message, now=NOW)
        first = giornali()

        operations.handle(message, now=NOW)

        assert giornali() == first


class TestAFileOfWhichSomeRowsAreWrong:
    def test_has_them_told_and_the_others_read(self, fonte):
        rows = [riga_base(numero="1"), riga_base(numero="2", importo="1.234"), riga_base(numero="3", importo="1,234"),
                riga_base(numero="4", importo="NaN"), riga_base(numero="5", importo="1e3"),
                riga_base(numero="6", data="2026-02-30"), riga_base(numero="7", importo="1.234,50")]  # fmt: skip

        giornale = imported(csv_base(*rows).encode(), "importi.csv")

        assert giornale.stato is StatoGiornale.CONCLUSO
        assert {t.esito: t.quanti for t in giornale.totali}[EsitoMovimento.ILLEGGIBILE] == 5
        assert [m.movimento.importo for m in movimenti_of(giornale)] == [Importo(1000), Importo(123_450)]
        wrong = [r for r in json.loads(report_of(giornale, "json"))["movimenti"] if r["esito"] == "ILLEGGIBILE"]
        assert all(r["motivo"] and r["prossimoPasso"] for r in wrong)

    def test_is_read_though_it_is_camt(self, fonte):
        giornale = imported(camt().encode(), "vuoto.camt")

        assert giornale.stato in {StatoGiornale.CONCLUSO, StatoGiornale.RIFIUTATO}
        assert json.loads(report_of(giornale, "json"))["movimenti"] == []


class TestAFileThatTakesLong:
    def test_is_read_worked_on_and_reported_by_a_message_each(self, fonte):
        drop(csv_base(*(riga_base(numero=str(n)) for n in range(1, 4))).encode())

        with patch.object(consegna, "SECONDI_A_PASSO", -1.0):
            (message,) = messages_of("giornale-di-cassa")
            operations.handle(message, now=NOW)
            (read,) = giornali()
            (message,) = [one for one in messages_of("giornale-di-cassa") if "passo" in one]
        run_queue()

        (giornale,) = giornali()
        assert (read.stato, read.lette, read.elaborate) == (StatoGiornale.IN_ELABORAZIONE, 3, 0)
        assert (giornale.stato, giornale.elaborate) == (StatoGiornale.CONCLUSO, 3)


class TestAZip:
    def test_that_is_small_and_true_is_read_whole(self, fonte):
        out = BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for n in (1, 2):
                archive.writestr(f"../../{n}.xml", opi(movimento(numero_documento=str(n))))

        giornale = imported(out.getvalue(), "giornali.zip")

        assert (giornale.stato, giornale.righe) == (StatoGiornale.CONCLUSO, 2)
