"""ISO 20022 camt.053 (.001.02 and .001.08), bare or in the CBI envelope: read by local names at any depth."""

import re
from typing import Any
from xml.parsers import expat

from chalicelib.kernel.importo import Importo
from chalicelib.riconciliazione.giornale_di_cassa.camt_registrazione import (
    Nodo,
    amount_or_none,
    causale_of,
    date_of,
    day_or_none,
    detail_amount,
    direction_of,
    euro_of,
    payer_of,
    provided,
    signed_balance,
)
from chalicelib.riconciliazione.giornale_di_cassa.errori import NonGiornale, XmlMalformato
from chalicelib.riconciliazione.giornale_di_cassa.impronte import Impronte
from chalicelib.riconciliazione.giornale_di_cassa.modello import (
    ENTRATA,
    ESEGUITO,
    SOSPESO_ENTRATA,
    SOSPESO_USCITA,
    STORNATO,
    Avvertenza,
    CodiceAvvertenza,
    Formato,
    Movimento,
    Riga,
    RigaIllegibile,
    SaldoConto,
    Testata,
)
from chalicelib.riconciliazione.giornale_di_cassa.valori import ValoreIllegibile
from chalicelib.riconciliazione.giornale_di_cassa.xml_sicuro import MAX_DEPTH, MAX_TEXT, local_name, too_deep

MAX_NODES = 200_000  # of one Ntry: a batch of ten thousand payments has fewer
MAX_CONTI = 1000
MAX_SCT = 35
_ROOTS = re.compile(r"Document|CBI\w{0,60}", re.ASCII)
_SUBTREES = frozenset(("Acct", "Bal", "TxsSummry", "Ntry"))
_BOOKED = "BOOK"
_SEQUENCE = re.compile(r"[0-9]{1,6}")


class LettoreCamt:
    """Handlers for expat: one small tree at a time (account, balance, entry), read when it closes."""

    def __init__(self, documento: str, root: str) -> None:
        self.pronti: list[Riga] = []
        self.ultimo = ""
        self._documento = documento
        self._root = root
        self._open: list[Nodo] = []
        self._nodes = 0
        self._depth = 1
        self._stmt_depth = 0
        self._leaf: Nodo | None = None
        self._testata: dict[str, str] = {}
        self._statements = 0
        self._iban = ""
        self._conti: list[SaldoConto] = []
        self._balances: dict[str, Importo] = {}
        self._credits: Importo | None = None
        self._entrate = 0
        self._posizione = 0
        self._riga = 0
        self._in_attesa = 0
        self._impronte = Impronte()
        self._avvertenze: list[Avvertenza] = []

    def install(self, parser: expat.XMLParserType, _name: str, _attributes: dict[str, str]) -> None:
        self._parser = parser
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end

    def trim(self) -> None:
        nodo = self._open[-1] if self._open else self._leaf
        if nodo is not None and len(nodo.testo) > 1:
            nodo.testo[:] = ["".join(nodo.testo)[:MAX_TEXT]]

    def finish(self) -> tuple[Testata, list[Avvertenza]]:
        if not self._statements:
            raise NonGiornale(
                f"il file non è un giornale di cassa: la radice è {self._root!r} e non contiene un estratto camt.053"
            )
        if self._in_attesa:
            self._avvertenze.append(
                Avvertenza(
                    codice=CodiceAvvertenza.IN_ATTESA,
                    testo=f"movimenti non ancora contabilizzati dalla banca, non letti: {self._in_attesa}",
                )
            )
        pagina = self._testata.get("ElctrncSeqNb", "")
        return Testata(
            documento=self._documento,
            formato=Formato.CAMT,
            id_flusso=self._testata.get("Id", ""),
            creazione=self._testata.get("CreDtTm", ""),
            data=day_or_none(self._testata.get("CreDtTm", "")),
            pagina=int(pagina) if _SEQUENCE.fullmatch(pagina) else 1,
            saldi=tuple(self._conti),
        ), self._avvertenze

    # --- handlers

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            too_deep()
        nome = local_name(name)
        if self._open:
            self._push(Nodo(nome, attributes))
        elif self._stmt_depth:
            self._start_in_stmt(nome, attributes)
        elif nome == "Stmt":
            self._stmt_depth = self._depth
            self._open_stmt()

    def _start_in_stmt(self, nome: str, attributes: dict[str, str]) -> None:
        nodo = Nodo(nome, attributes)
        if nome in _SUBTREES:
            self._nodes = 0
            if nome == "Ntry":
                self._posizione += 1
                self._riga = self._parser.CurrentLineNumber
            self._push(nodo)
        elif self._depth == self._stmt_depth + 1:
            self._leaf = nodo
            self._parser.CharacterDataHandler = nodo.testo.append

    def _push(self, nodo: Nodo) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise XmlMalformato(f"una registrazione ha più di {MAX_NODES} elementi", riga=self._riga)
        if self._open:
            self._open[-1].figli.append(nodo)
        self._open.append(nodo)
        self._parser.CharacterDataHandler = nodo.testo.append

    def _end(self, _name: str) -> None:
        self._depth -= 1
        if self._open:
            nodo = self._open.pop()
            if self._open:
                self._parser.CharacterDataHandler = self._open[-1].testo.append
            else:
                self._parser.CharacterDataHandler = None
                self._close(nodo)
        elif self._leaf is not None:
            self._testata.setdefault(self._leaf.nome, self._leaf.text)
            self._leaf = None
            self._parser.CharacterDataHandler = None
        elif self._stmt_depth and self._depth < self._stmt_depth:
            self._stmt_depth = 0
            self._close_stmt()

    # --- structure

    def _open_stmt(self) -> None:
        self._statements += 1
        self._iban = ""
        self._balances = {}
        self._credits = None
        self._entrate = 0

    def _close(self, nodo: Nodo) -> None:
        if nodo.nome == "Acct":
            self._iban = nodo.text_at("Id", "IBAN") or nodo.text_at("Id", "Othr", "Id")
        elif nodo.nome == "Bal":
            self._balances[nodo.text_at("Tp", "CdOrPrtry", "Cd")[:4]] = signed_balance(nodo)
        elif nodo.nome == "TxsSummry":
            self._credits = amount_or_none(nodo.text_at("TtlCdtNtries", "Sum"))
        else:
            self._close_ntry(nodo)

    def _close_stmt(self) -> None:
        if len(self._conti) < MAX_CONTI:
            self._conti.append(
                SaldoConto(
                    conto=self._iban,
                    saldo_precedente=self._balances.get("OPBD"),
                    totale_entrate=self._credits,
                    saldo_finale=self._balances.get("CLBD"),
                )
            )
        read = Importo(self._entrate)
        if self._credits is not None and self._credits != read:
            self._avvertenze.append(
                Avvertenza(
                    codice=CodiceAvvertenza.TOTALE_DIVERSO,
                    testo=f"conto {self._iban}: gli accrediti letti fanno {read.italian()} €, "
                    f"la banca dichiara {self._credits.italian()} €",
                )
            )

    def _close_ntry(self, ntry: Nodo) -> None:
        stato = ntry.text_at("Sts", "Cd") or ntry.text_at("Sts")
        if stato != _BOOKED:
            self._in_attesa += 1
            return
        try:
            rows = self._movimenti(ntry)
        except ValoreIllegibile as error:
            self.pronti.append(
                RigaIllegibile(documento=self._documento, posizione=self._posizione, riga=self._riga, motivo=str(error))
            )
            return
        if ntry.text_at("CdtDbtInd") == "CRDT":
            self._entrate += abs(sum(row.importo.cents for row in rows))
        self.pronti.extend(rows)
        self.ultimo = rows[-1].describe()

    # --- one entry

    def _movimenti(self, ntry: Nodo) -> list[Movimento]:
        importo = euro_of(ntry.at("Amt"))
        details = [tx for dettagli in ntry.all("NtryDtls") for tx in dettagli.all("TxDtls")]
        if len(details) <= 1:
            return [self._movimento(ntry, details[0] if details else ntry, importo, index=0)]
        amounts = [euro_of(detail_amount(tx)) for tx in details]
        if Importo.total(amounts) != importo:
            raise ValoreIllegibile(
                f"i dettagli fanno {Importo.total(amounts).italian()} €, la registrazione {importo.italian()} €"
            )
        return [
            self._movimento(ntry, tx, amount, index=index)
            for index, (tx, amount) in enumerate(zip(details, amounts, strict=True))
        ]

    def _movimento(self, ntry: Nodo, tx: Nodo, importo: Importo, *, index: int) -> Movimento:
        tipo, is_storno = direction_of(ntry)
        contabile = date_of(ntry.at("BookgDt"), "BookgDt")
        valuta_node = ntry.at("ValDt")
        causale = causale_of(ntry, tx)
        if not causale:
            raise ValoreIllegibile("la causale manca")
        return Movimento(
            documento=self._documento,
            posizione=self._posizione,
            riga=self._riga,
            esercizio=str(contabile.year),
            numero_provvisorio="",
            # A reversed credit goes out, a reversed debit comes in: each with the sign opposite to its own.
            importo=Importo(-importo.cents) if is_storno else importo,
            data_contabile=contabile,
            data_valuta=date_of(valuta_node, "ValDt") if valuta_node else contabile,
            causale=causale[:MAX_TEXT],
            tipo_movimento=tipo,
            tipo_documento=SOSPESO_ENTRATA if tipo == ENTRATA else SOSPESO_USCITA,
            tipo_operazione=STORNATO if is_storno else ESEGUITO,
            cliente=payer_of(tx, tipo=tipo, is_storno=is_storno),
            conto=self._iban,
            iban=self._iban,
            **self._identity(ntry, tx, index=index, facts=(tipo, is_storno, contabile, importo, causale)),
        )

    def _identity(self, ntry: Nodo, tx: Nodo, *, index: int, facts: tuple[object, ...]) -> dict[str, Any]:
        """Key: IBAN, AcctSvcrRef or NtryRef, place in the batch; without a reference, what the line says."""
        reference = provided(ntry.text_at("AcctSvcrRef")) or provided(ntry.text_at("NtryRef"))
        name = f"{reference}|{index}" if reference else self._impronte.of(self._iban, *facts)
        chiave = f"CAMT|{self._iban}|{name}"
        sct = (
            provided(tx.text_at("Refs", "TxId"))
            or provided(tx.text_at("Refs", "EndToEndId"))
            or provided(tx.text_at("Refs", "AcctSvcrRef"))
            or reference
            or name
        )
        is_single = reference and index == 0 and tx.text_at("Refs", "AcctSvcrRef") in ("", reference)
        return {
            "chiave": chiave,
            "sct": sct[:MAX_SCT],
            "radice_id": f"GDC{self._iban}{reference}" if is_single else "",
        }


def is_root(name: str) -> bool:
    return _ROOTS.fullmatch(name) is not None
