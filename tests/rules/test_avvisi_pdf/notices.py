"""Notices to print: ordinary by default, changed by keyword; and the longest a caller may ask for."""

import io
from dataclasses import replace
from datetime import date
from typing import Any

from PIL import Image

from chalicelib.avvisi.model import (
    Avviso,
    DestinatarioStampa,
    Documento,
    EnteStampa,
    Parte,
    Soglia,
    TipoSoglia,
)
from chalicelib.kernel.importo import Importo

ID_DOMINIO = "99999000013"


def a_logo(form="PNG", mode="RGBA"):
    buffer = io.BytesIO()
    Image.new(mode, (300, 200), "darkgreen").save(buffer, form)
    return buffer.getvalue()


ENTE = EnteStampa(
    nome="Comune di Castel San Nicolò",
    settore="Ufficio Tributi",
    cbill="AAAAA",
    sito="www.comune.example.it",
    pec="tributi@pec.example.it",
    telefono="06 1234567",
)
POSTALE = replace(ENTE, conto_postale="000000123456", autorizzazione_poste="DB/SSSIC/E 1234 DEL 01/02/2020")
DESTINATARIO = DestinatarioStampa(
    nome="Niccolò D’Àvila", codice_fiscale="RSSMRA80A01H501U", indirizzo=("Via della Libertà 12/A", "00100 Roma (RM)")
)

LONGEST_ENTE = replace(
    POSTALE,
    nome="Unione Montana dei Comuni delle Valli Àrdo, Cordèvole e Biòis – Agenzia per l’Entrata Locale Comune XY"[:100],
    settore="Servizio Entrate Tributarie e Patrimoniali, Sportello Unico 2"[:50],
    sito="https://www.unionemontana-valliardocordevole.example.it/tributi",
    pec="protocollo.entrate@pec.unionemontana-valliardocordevole.example.it",
    email="tributi.sportello@unionemontana-valliardocordevole.example.it",
    telefono="+39 0437 1234567",
    intestatario="Unione Montana dei Comuni delle Valli Tesoreria Unica Centrale",
    logo=a_logo(),
)
LONGEST_DESTINATARIO = DestinatarioStampa(
    nome="Società Cooperativa Agricola Wolkensteiner-Großrubatscher & Figli a r.l."[:70],
    codice_fiscale="RSSMRA80A01H501U",
    indirizzo=(
        "Strada Provinciale di Santa Maria Maddalena in Valle Lunga, 123456/ABC scala Z interno 99",
        "39030 San Martino in Badia/St. Martin in Thurn (BZ)",
    ),
)
LONGEST_OGGETTO = (
    "Contributo straordinario per la manutenzione degli impianti sportivi e delle aree verdi, " + "WX" * 25
)
LONGEST: dict[str, Any] = {
    "ente": LONGEST_ENTE,
    "destinatario": LONGEST_DESTINATARIO,
    "oggetto": LONGEST_OGGETTO,
    "importo": Importo(9_999_999_999),
    "informativa_importo": "Informativa dell’ente sull’importo, lunga quanto è concesso. " * 4,
}


def a_nav(number):
    base = int(f"301{number:013d}")
    return f"{base}{base % 93:02d}"


def an_avviso(number=123, **changes):
    values: dict[str, Any] = {
        "numero_avviso": a_nav(number),
        "id_dominio": ID_DOMINIO,
        "ente": ENTE,
        "destinatario": DESTINATARIO,
        "oggetto": "TARI 2026 - utenza 00012345",
        "importo": Importo(12345),
        "entro_il": date(2026, 12, 31),
    }
    return Avviso(**(values | changes))


def whole(**changes):
    return Parte(avviso=an_avviso(99, **changes))


def rate(count, **changes):
    return tuple(
        Parte(
            avviso=an_avviso(100 + n, **({"importo": Importo(4115 + n), "entro_il": date(2027, n, 28)} | changes)),
            numero_rata=n,
        )
        for n in range(1, count + 1)
    )


def soglie(**changes):
    return (
        Parte(
            avviso=an_avviso(302, **({"importo": Importo(20000), "entro_il": None} | changes)),
            soglia=Soglia(tipo=TipoSoglia.OLTRE, giorni=30),
        ),
        Parte(
            avviso=an_avviso(301, **({"importo": Importo(10000), "entro_il": None} | changes)),
            soglia=Soglia(tipo=TipoSoglia.ENTRO, giorni=30),
        ),
    )


def violazione(**changes):
    return (
        Parte(
            avviso=an_avviso(402, **({"importo": Importo(17300), "entro_il": None} | changes)),
            soglia=Soglia(tipo=TipoSoglia.RIDOTTO),
        ),
        Parte(
            avviso=an_avviso(401, **({"importo": Importo(12110), "entro_il": None} | changes)),
            soglia=Soglia(tipo=TipoSoglia.SCONTATO),
        ),
    )


def a_documento(*parti):
    return Documento(parti=parti)
