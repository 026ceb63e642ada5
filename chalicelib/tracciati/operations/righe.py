"""The rows of a block: each is loaded as a PUT would load it, or cancelled, and what became of it is written once.

The outcome of a row is in the transaction of its pendenza: a crash leaves both or none, so that a row that is delivered
again never undoes what others did to its pendenza in between.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.avvisi.schemas import avviso_json
from chalicelib.aws.transactions import Write, WriteConflict, commit
from chalicelib.kernel.refusals import Invalid, NotAllowed, Refusal, Unprocessable
from chalicelib.kernel.utenze import Diritto, Servizio, Utenza
from chalicelib.pendenze import operations as pendenze
from chalicelib.pendenze.model import Pendenza
from chalicelib.pendenze.schemas.requests import post_from_json
from chalicelib.rest import json_text
from chalicelib.rest.faults import fault_bean
from chalicelib.tracciati import archivio, repository
from chalicelib.tracciati.model import (
    RIGHE_A_BLOCCO,
    EsitoRiga,
    Operazione,
    Riga,
    StatoOperazione,
    Tracciato,
)
from chalicelib.tracciati.operations.avanzamento import Conteggi
from chalicelib.tracciati.operations.lettore import Lettore
from chalicelib.tracciati.schemas.righe import annullamento_from_json
from chalicelib.tracciati.states import Fase

CARICATA = "Pendenza caricata"
ANNULLATA = "Pendenza annullata"


class RigaNonValida(Invalid):
    """Nothing can be made of the row."""

    codice = "TRA_RIGA_NON_VALIDA"


class RigaDoppia(Unprocessable):
    """The file has the same operation on the same pendenza before."""

    codice = "TRA_RIGA_DOPPIA"


class AltroDominio(Unprocessable):
    """The row is of another ente than the tracciato."""

    codice = "TRA_ALTRO_DOMINIO"


class MittenteNonAbilitato(NotAllowed):
    """Who uploaded the tracciato may load pendenze no more."""


def work(tracciato: Tracciato, blocco: int, *, now: datetime) -> Conteggi:
    """Do the rows of a block that are of this phase and have no outcome yet; give the counts of all of them.

    :raises WriteConflict: if a pendenza is written by others faster than we can: the queue delivers the block again
    """
    da, a = bounds_of(blocco)
    known = {esito.numero: esito for esito in repository.righe(tracciato.id, da=da, a=a)}
    caricatore: _Caricatore | None = None
    found: list[EsitoRiga] = []
    for riga in archivio.blocco(tracciato, blocco):
        if (riga.operazione is Operazione.DEL) is not (tracciato.fase is Fase.ANNULLAMENTI):
            continue
        esito = known.get(riga.numero)
        if esito is None:
            caricatore = caricatore or _Caricatore.of(tracciato, now)
            esito = caricatore.done(riga)
        found.append(esito)
    return counts_of(found)


def bounds_of(blocco: int) -> tuple[int, int]:
    """Give the numbers of the first and the last row of a block."""
    return (blocco - 1) * RIGHE_A_BLOCCO + 1, blocco * RIGHE_A_BLOCCO


def counts_of(esiti: Iterable[EsitoRiga]) -> Conteggi:
    eseguite = fallite = avvisi = 0
    for esito in esiti:
        eseguite += esito.is_done
        fallite += not esito.is_done
        avvisi += esito.is_done and esito.operazione is Operazione.ADD and esito.numero_avviso is not None
    return Conteggi(eseguite=eseguite, fallite=fallite, avvisi=avvisi)


@dataclass(slots=True)
class _Caricatore:
    """Loads the rows of a block, in the name of who uploaded the tracciato."""

    tracciato: Tracciato
    now: datetime
    utenza: Utenza | None
    lettore: Lettore
    esito: EsitoRiga | None = None

    @classmethod
    def of(cls, tracciato: Tracciato, now: datetime) -> "_Caricatore":
        utenza = anagrafica.by_principal(tracciato.principal) if tracciato.principal else None
        return cls(tracciato, now, utenza, Lettore.of(tracciato))

    def done(self, riga: Riga) -> EsitoRiga:
        """Do a row; give its outcome, which is written.

        :raises WriteConflict: if it could not be, and is not
        """
        base = EsitoRiga(
            numero=riga.numero,
            linea=riga.linea,
            operazione=riga.operazione,
            stato=StatoOperazione.ESEGUITO,
            descrizione="",
            **_ids(riga),
        )
        self.esito = None
        try:
            self._do(riga, base)
        except WriteConflict:
            if not repository.has_riga(self.tracciato.id, riga.numero):
                raise
            (self.esito,) = repository.righe(self.tracciato.id, da=riga.numero, a=riga.numero)
        except Refusal as refusal:
            self.esito = _refused(base, refusal)
            self._write_once(self.esito)
        if self.esito is None:
            msg = f"la riga {riga.numero} del tracciato {self.tracciato.id} non ha un esito"
            raise LookupError(msg)
        return self.esito

    def _write_once(self, esito: EsitoRiga) -> None:
        try:
            commit([repository.riga_write(self.tracciato.id, esito)])
        except WriteConflict:
            # Another delivery of the block came to it first: what it found holds.
            (self.esito,) = repository.righe(self.tracciato.id, da=esito.numero, a=esito.numero)

    def _do(self, riga: Riga, base: EsitoRiga) -> None:
        self._check_mittente()
        if riga.errore is not None:
            raise RigaNonValida(riga.errore)
        if riga.doppia_di is not None:
            raise RigaDoppia(
                f"Il tracciato contiene già la stessa operazione su questa pendenza (operazione {riga.doppia_di}): "
                "lasciarne una sola."
            )
        if riga.operazione is Operazione.DEL:
            self._cancel(riga, base)
        else:
            self._load(riga, base)

    def _check_mittente(self) -> None:
        if self.tracciato.principal is None:
            return
        if self.utenza is None or not self.utenza.may(Servizio.PENDENZE, Diritto.SCRITTURA):
            raise MittenteNonAbilitato(
                f"L'utenza {self.tracciato.principal}, che ha caricato il tracciato, non è più abilitata a caricare pendenze."
            )

    def _load(self, riga: Riga, base: EsitoRiga) -> None:
        body = self.lettore.pendenza(riga)
        id_a2a, id_pendenza, nuova = post_from_json(body)
        self._check_dominio(nuova.id_dominio)
        pendenze.load_pendenza(
            utenza=self.utenza,
            id_a2a=id_a2a,
            id_pendenza=id_pendenza,
            nuova=nuova,
            now=self.now,
            also=self._also(base, CARICATA, self._avviso),
        )

    def _cancel(self, riga: Riga, base: EsitoRiga) -> None:
        annullamento = annullamento_from_json(self.lettore.annullamento(riga))
        pendenze.cancel_pendenza(
            utenza=self.utenza,
            id_a2a=annullamento.id_a2a,
            id_pendenza=annullamento.id_pendenza,
            id_dominio=self.tracciato.id_dominio,
            motivo=annullamento.motivo,
            now=self.now,
            also=self._also(base, ANNULLATA, self._avviso),
        )

    def _check_dominio(self, id_dominio: str) -> None:
        if self.tracciato.id_dominio not in {None, id_dominio}:
            raise AltroDominio(
                f"La pendenza è del dominio {id_dominio}, il tracciato del dominio {self.tracciato.id_dominio}: "
                "caricarla con un tracciato del suo dominio."
            )

    def _avviso(self, pendenza: Pendenza) -> str:
        return json_text.write(avviso_json(pendenza, self.now))

    def _also(
        self, base: EsitoRiga, descrizione: str, dati: Callable[[Pendenza], str]
    ) -> Callable[[Pendenza], Sequence[Write]]:
        def also(pendenza: Pendenza) -> Sequence[Write]:
            self.esito = EsitoRiga(
                numero=base.numero,
                linea=base.linea,
                operazione=base.operazione,
                stato=StatoOperazione.ESEGUITO,
                descrizione=descrizione,
                id_a2a=pendenza.id_a2a,
                id_pendenza=pendenza.id_pendenza,
                id_dominio=pendenza.id_dominio,
                id_tipo_pendenza=pendenza.id_tipo_pendenza,
                numero_avviso=pendenza.numero_avviso,
                id_documento=pendenza.documento.identificativo if pendenza.documento else None,
                dati=dati(pendenza),
            )
            return [repository.riga_write(self.tracciato.id, self.esito)]

        return also


def _ids(riga: Riga) -> dict[str, str]:
    found = riga.contenuto or {}
    return {
        ours: text
        for ours, name in (("id_a2a", "idA2A"), ("id_pendenza", "idPendenza"))
        if isinstance(text := found.get(name), str) and len(text) <= _ID_MAX
    }


_ID_MAX = 70


def _refused(base: EsitoRiga, refusal: Refusal) -> EsitoRiga:
    is_nothing = base.operazione is Operazione.NON_VALIDA
    return EsitoRiga(
        numero=base.numero,
        linea=base.linea,
        operazione=base.operazione,
        stato=StatoOperazione.NON_VALIDO if is_nothing else StatoOperazione.SCARTATO,
        descrizione=refusal.dettaglio,
        id_a2a=base.id_a2a,
        id_pendenza=base.id_pendenza,
        dati=json_text.write(fault_bean(refusal)),
    )
