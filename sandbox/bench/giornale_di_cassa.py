"""A giornale di cassa of 50 MB, as OPI: rows a second, and the memory of a process that reads it."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

MEGABYTES = (5, 50)
_ROOT = Path(__file__).resolve().parents[2]
# As the import reads it: once whole, to see that it is whole, then row by row. Memory is what reading adds.
_READ = """
import json, re, resource, sys, time
from pathlib import Path
from chalicelib.riconciliazione.giornale_di_cassa import open_giornale
def peak():
    status = Path("/proc/self/status")  # the peak of getrusage is, on Linux, also that of the process that began this one
    if status.exists():
        return int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before, began = peak(), time.process_time()
rows = sum(1 for _ in open_giornale(Path(sys.argv[1]), name="giornale.xml"))
print(json.dumps({"rows": rows, "seconds": time.process_time() - began, "grown_mb": (peak() - before) / 1024}))
"""
# What nobody who reads every element from Python can be faster than: expat, once, with handlers that do nothing.
_BARE = """
import sys, time
from xml.parsers import expat
parser = expat.ParserCreate()
parser.buffer_text = True
parser.StartElementHandler = parser.EndElementHandler = parser.CharacterDataHandler = lambda *_: None
began = time.process_time()
with open(sys.argv[1], "rb") as file:
    parser.ParseFile(file)
print(time.process_time() - began)
"""
# Of one reading; the import reads twice.
MOST_OF_BARE = 3.0
_READINGS = 2
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<flusso_giornale_di_cassa>
  <testata_messaggio>
    <codice_ABI_BT>03069</codice_ABI_BT>
    <data_ora_creazione_flusso>2026-11-23T23:10:05</data_ora_creazione_flusso>
    <codice_ente>AB12CD</codice_ente>
    <descrizione_ente>COMUNE DI ESEMPIO</descrizione_ente>
    <codice_istat_ente>000123456</codice_istat_ente>
    <codice_fiscale_ente>80012000826</codice_fiscale_ente>
    <codice_tramite_ente>A2A-00000001</codice_tramite_ente>
    <codice_tramite_BT>A2A-00000002</codice_tramite_BT>
    <codice_ente_BT>1234567</codice_ente_BT>
  </testata_messaggio>
  <identificativo_flusso_BT>GDC-202611232026000000009#001#001</identificativo_flusso_BT>
  <pagina>1</pagina>
  <pagine_totali>1</pagine_totali>
  <esercizio>2026</esercizio>
  <data_riferimento_GdC>2026-11-23</data_riferimento_GdC>
  <informazioni_conto_evidenza>
    <conto_evidenza>0000001</conto_evidenza>
"""
ROW = """    <movimento_conto_evidenza>
      <identificativo_flusso>FLUSSO-{n:07d}</identificativo_flusso>
      <numero_movimento>{n:07d}</numero_movimento>
      <tipo_movimento>ENTRATA</tipo_movimento>
      <tipo_documento>SOSPESO ENTRATA</tipo_documento>
      <tipo_operazione>ESEGUITO</tipo_operazione>
      <numero_documento>{n:07d}</numero_documento>
      <progressivo_documento>0000000</progressivo_documento>
      <importo>{importo}</importo>
      <numero_bolletta_quietanza>{n:07d}</numero_bolletta_quietanza>
      <data_movimento>2026-11-23</data_movimento>
      <data_movimento_siope>2026-11-23</data_movimento_siope>
      <data_valuta_ente>2026-11-23</data_valuta_ente>
      <tipo_esecuzione>SEPA CREDIT TRANSFER</tipo_esecuzione>
      <assoggettamento_bollo>ESENTE BOLLO</assoggettamento_bollo>
      <cliente><anagrafica_cliente>BANCA DI ESEMPIO S.P.A.</anagrafica_cliente></cliente>
      <causale>{causale}</causale>
    </movimento_conto_evidenza>
"""
TAIL = "  </informazioni_conto_evidenza>\n</flusso_giornale_di_cassa>\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """`grown_mb`: the most memory that the process held, beyond what it held before reading. `bare`: expat alone, once."""

    megabytes: int
    rows: int
    seconds: float
    grown_mb: float
    bare: float

    @property
    def rate(self) -> float:
        return self.rows / self.seconds

    @property
    def ratio(self) -> float:
        """How many times as long as bare expat one reading takes."""
        return self.seconds / _READINGS / self.bare


def measure(sizes: tuple[int, ...] = MEGABYTES) -> tuple[Read, ...]:
    with TemporaryDirectory() as directory:
        return tuple(_measure(Path(directory) / "giornale.xml", size) for size in sizes)


def _measure(path: Path, megabytes: int) -> Read:
    write_opi(path, megabytes * 1024 * 1024)
    return Read(megabytes=megabytes, bare=float(_run(_BARE, path)), **json.loads(_run(_READ, path)))


def _run(program: str, path: Path) -> str:
    ran = subprocess.run(  # noqa: S603 - our own interpreter, our own code
        [sys.executable, "-c", program, str(path)], cwd=_ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    return ran.stdout


def write_opi(path: Path, size: int) -> None:
    """Write a journal of so many bytes, and one movement: every tenth credits a flow of pagoPA."""
    with path.open("w", encoding="utf-8") as file:
        written, n = file.write(HEAD), 0
        while written < size:
            n += 1
            flow = f"/PUR/LGPE-RIVERSAMENTO/URI/2026-11-23BANCA-{n:010d}"
            causale = f"VERSAMENTO UTENZA {n}" if n % 10 else flow
            written += file.write(ROW.format(n=n, importo=f"{n % 5000 + 1}.{n % 100:02d}", causale=causale))
        file.write(TAIL)
