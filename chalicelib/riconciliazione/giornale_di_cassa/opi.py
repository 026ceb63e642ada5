"""OPI giornale di cassa 1.4 - 1.8 (AgID): the file every Italian treasurer gives, read by local names."""

import hashlib
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any
from xml.parsers import expat

from chalicelib.kernel.importo import Importo
from chalicelib.riconciliazione.giornale_di_cassa.modello import (
    ENTRATA,
    ESEGUITO,
    SOSPESO_ENTRATA,
    USCITA,
    Avvertenza,
    Movimento,
    Riga,
    RigaIllegibile,
    SaldoConto,
    Sospeso,
    Testata,
)
from chalicelib.riconciliazione.giornale_di_cassa.opi_testata import (
    about_signature,
    count_of,
    head_of,
    saldo_of,
    total_that_differs,
)
from chalicelib.riconciliazione.giornale_di_cassa.valori import (
    ValoreIllegibile,
    padded,
    plain_number,
    read_decimal,
    read_iso_date,
)
from chalicelib.riconciliazione.giornale_di_cassa.xml_sicuro import MAX_DEPTH, MAX_TEXT, local_name, too_deep

ROOT = "flusso_giornale_di_cassa"
MAX_SOSPESI = 1000  # XSD 1.8
MAX_CONTI = 1000
MAX_SCT = 35
_NOT_PROVIDED = "NOTPROVIDED"
_MAX_CACHED_NAMES = 500
_E2E_BT = "identificativo_end_to_end"

_LEAVES = frozenset(
    [
        "codice_ABI_BT",
        "codice_fiscale_ente",
        "descrizione_ente",
        "data_ora_creazione_flusso",
        "identificativo_flusso_BT",
        "pagina",
        "pagine_totali",
        "esercizio",
        "data_riferimento_GdC",
        "data_fine_periodo_riferimento",
        "conto_evidenza",
        "descrizione_conto_evidenza",
        "saldo_precedente_conto_evidenza",
        "totale_entrate_conto_evidenza",
        "totale_uscite_conto_evidenza",
        "saldo_finale_conto_evidenza",
        "numero_movimento",
        "tipo_movimento",
        "tipo_documento",
        "tipo_operazione",
        "numero_documento",
        "importo",
        "numero_bolletta_quietanza",
        "numero_bolletta_quietanza_storno",
        "data_movimento",
        "data_valuta_ente",
        "tipo_esecuzione",
        "codice_riferimento_operazione",
        "end_to_end_id",
        "anagrafica_cliente",
        "causale",
        "numero_provvisorio",
        "importo_provvisorio",
        "numero_sospeso",
    ]
)


class _Azioni(dict[str, Any]):
    """What to do at a name: found by the name as written, else by its local part."""

    def __missing__(self, name: str) -> Any:
        action = self.get(local_name(name))
        if len(self) < _MAX_CACHED_NAMES:
            self[name] = action
        return action


class LettoreOpi:
    """Handlers for expat. Text is collected only inside the leaves that matter: most calls are saved that way."""

    def __init__(self, documento: str) -> None:
        self.pronti: list[Riga] = []
        self.ultimo = ""
        self._documento = documento
        self._testata: dict[str, str] = {}
        self._campi = self._testata
        self._conto: dict[str, str] = {}
        self._testo: list[str] = []
        self._sospesi: list[tuple[str, str]] = []
        self._saldi: list[SaldoConto] = []
        self._avvertenze: list[Avvertenza] = []
        self._depth = 0
        self._skipping = 0
        self._posizione = 0
        self._riga = 0
        self._entrate = 0
        self._firmato = False

    def install(self, parser: expat.XMLParserType, _name: str, _attributes: dict[str, str]) -> None:
        self._parser = parser
        self._collect = self._testo.append
        opening: dict[str, Callable[[], None] | bool] = dict.fromkeys(_LEAVES, True)
        closing: dict[str, Callable[[], None] | str] = {name: name for name in _LEAVES}
        opening["informazioni_conto_evidenza"], closing["informazioni_conto_evidenza"] = (
            self._open_conto,
            self._end_conto,
        )
        opening["movimento_conto_evidenza"], closing["movimento_conto_evidenza"] = self._open_row, self._end_row
        opening["dati_a_disposizione_BT"] = self._open_dati_bt
        opening["Signature"] = self._open_signature
        # In 1.4 numero_sospeso stands by itself in the movement, from 1.6.1 the pair is in `sospeso`.
        closing["sospeso"], closing["numero_sospeso"] = self._end_sospeso, self._end_numero_sospeso
        self._apre, self._chiude = _Azioni(opening), _Azioni(closing)
        self._depth = 1
        self._resume()

    def trim(self) -> None:
        if len(self._testo) > 1:
            self._testo[:] = ["".join(self._testo)[:MAX_TEXT]]

    def finish(self) -> tuple[Testata, list[Avvertenza]]:
        head = head_of(self._testata, documento=self._documento, firmato=self._firmato, saldi=self._saldi)
        return head, [about_signature(firmato=self._firmato), *self._avvertenze]

    # --- handlers

    def _resume(self) -> None:
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            too_deep()
        action = self._apre[name]
        if action is None:
            return
        if action is True:
            self._testo.clear()
            self._parser.CharacterDataHandler = self._collect
        else:
            action()

    def _end(self, name: str) -> None:
        self._depth -= 1
        action = self._chiude[name]
        if action is None:
            return
        if action.__class__ is str:
            self._parser.CharacterDataHandler = None
            self._campi[action] = "".join(self._testo).strip()
        else:
            action()

    def _skip_to_end(self, *, keep: bool) -> None:
        """Step over a subtree of somebody else's; with `keep`, an end-to-end id in it is taken."""
        self._skipping = 1
        self._parser.StartElementHandler = self._skipped_start_bt if keep else self._skipped_start
        self._parser.EndElementHandler = self._skipped_end

    def _skipped_start(self, _name: str, _attributes: dict[str, str]) -> None:
        self._skipping += 1
        if self._skipping > MAX_DEPTH:
            too_deep()

    def _skipped_start_bt(self, name: str, attributes: dict[str, str]) -> None:
        self._skipped_start(name, attributes)
        if local_name(name) == _E2E_BT:
            self._testo.clear()
            self._parser.CharacterDataHandler = self._collect

    def _skipped_end(self, name: str) -> None:
        self._skipping -= 1
        if self._parser.CharacterDataHandler is not None and local_name(name) == _E2E_BT:
            self._parser.CharacterDataHandler = None
            self._campi.setdefault(_E2E_BT, "".join(self._testo).strip())
        if self._skipping == 0:
            self._parser.CharacterDataHandler = None
            self._depth -= 1
            self._resume()

    def _open_dati_bt(self) -> None:
        self._skip_to_end(keep=True)

    def _open_signature(self) -> None:
        self._firmato = True
        self._skip_to_end(keep=False)

    # --- structure

    def _open_conto(self) -> None:
        self._campi = self._conto = {}
        self._entrate = 0

    def _end_conto(self) -> None:
        self._campi = self._testata
        if len(self._saldi) >= MAX_CONTI:
            return
        saldo = saldo_of(self._conto)
        self._saldi.append(saldo)
        # On more pages the bank may repeat the total of the whole day on each of them.
        is_whole = count_of(self._testata.get("pagine_totali", "")) <= 1
        if is_whole and (warning := total_that_differs(saldo, Importo(self._entrate))):
            self._avvertenze.append(warning)

    def _open_row(self) -> None:
        self._campi = {}
        self._sospesi = []
        self._posizione += 1
        self._riga = self._parser.CurrentLineNumber

    def _end_sospeso(self) -> None:
        self._add_sospeso(self._campi.pop("numero_provvisorio", ""), self._campi.pop("importo_provvisorio", ""))

    def _end_numero_sospeso(self) -> None:
        self._parser.CharacterDataHandler = None
        self._add_sospeso("".join(self._testo).strip(), "")

    def _add_sospeso(self, numero: str, importo: str) -> None:
        # One more than the limit is kept, so that the row is known to break it.
        if numero and len(self._sospesi) <= MAX_SOSPESI:
            self._sospesi.append((numero, importo))

    def _end_row(self) -> None:
        campi, self._campi = self._campi, self._conto
        try:
            row = self._movimento(campi)
        except ValoreIllegibile as error:
            self.pronti.append(
                RigaIllegibile(
                    documento=self._documento,
                    posizione=self._posizione,
                    riga=self._riga,
                    motivo=str(error),
                    numero_provvisorio=plain_number(campi.get("numero_documento", "")),
                )
            )
            return
        if row.tipo_movimento == ENTRATA:
            self._entrate += row.importo.cents
        self.pronti.append(row)
        self.ultimo = row.describe()

    def _movimento(self, campi: dict[str, str]) -> Movimento:
        get = campi.get
        data = _date(get("data_movimento", ""), "la data_movimento")
        importo = read_decimal(get("importo", ""))
        causale = get("causale", "")
        if not causale:
            raise ValoreIllegibile("la causale manca")
        tipo = get("tipo_movimento", "")
        if tipo not in (ENTRATA, USCITA):
            raise ValoreIllegibile(f"tipo_movimento non è ENTRATA né USCITA: {tipo[:32]!r}")
        valuta = get("data_valuta_ente", "")
        conto = self._conto.get("conto_evidenza", "")
        return Movimento(
            documento=self._documento,
            posizione=self._posizione,
            riga=self._riga,
            importo=importo,
            data_contabile=data,
            data_valuta=_date(valuta, "la data_valuta_ente") if valuta else data,
            causale=causale[:MAX_TEXT],
            tipo_movimento=tipo,
            tipo_esecuzione=get("tipo_esecuzione", ""),
            numero_movimento=get("numero_movimento", "").lstrip("0"),
            numero_bolletta_storno=get("numero_bolletta_quietanza_storno", "").lstrip("0"),
            cliente=get("anagrafica_cliente", ""),
            conto=conto,
            sospesi=self._read_sospesi() if self._sospesi else (),
            **self._identity(campi, esercizio=self._testata.get("esercizio") or str(data.year)),
        )

    def _identity(self, campi: dict[str, str], *, esercizio: str) -> dict[str, Any]:
        """Give what tells one movement from another (key: ABI, esercizio, documento, operazione, numero, bolletta)."""
        get = campi.get
        abi = self._testata.get("codice_ABI_BT", "")
        documento, operazione = get("tipo_documento", ""), get("tipo_operazione", "")
        numero = plain_number(get("numero_documento", ""))
        bolletta = get("numero_bolletta_quietanza", "").lstrip("0")
        chiave = f"OPI|{abi}|{esercizio}|{documento}|{operazione}|{numero}|{bolletta}"
        if not bolletta and numero in ("", "0"):
            chiave += "|" + _fingerprint(campi)
            radice = ""
        else:
            radice = f"GDC{esercizio}{abi}{padded(numero)}{padded(bolletta)}"
        sct = get("codice_riferimento_operazione") or _provided(get("end_to_end_id")) or _provided(get(_E2E_BT))
        return {
            "chiave": chiave,
            "esercizio": esercizio,
            "abi": abi,
            "numero_provvisorio": numero,
            "numero_bolletta": bolletta,
            "tipo_documento": documento,
            "tipo_operazione": operazione,
            "sct": (sct or f"{esercizio}-{numero}")[:MAX_SCT],
            # A storno has the numbers of what it undoes: only the credit itself may be called by them.
            "radice_id": radice if (documento, operazione) == (SOSPESO_ENTRATA, ESEGUITO) else "",
        }

    def _read_sospesi(self) -> tuple[Sospeso, ...]:
        if len(self._sospesi) > MAX_SOSPESI:
            raise ValoreIllegibile(f"il movimento elenca più di {MAX_SOSPESI} provvisori")
        return tuple(
            Sospeso(
                numero=plain_number(numero[:18]),
                importo=read_decimal(importo, name="l'importo_provvisorio") if importo else None,
            )
            for numero, importo in self._sospesi
        )


@lru_cache(maxsize=256)
def _date(text: str, name: str) -> date:
    return read_iso_date(text, name=name)


def _provided(text: str | None) -> str | None:
    return None if text == _NOT_PROVIDED else text


def _fingerprint(campi: dict[str, str]) -> str:
    names = ("numero_movimento", "data_movimento", "importo", "causale")
    text = "|".join(campi.get(name, "") for name in names)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
