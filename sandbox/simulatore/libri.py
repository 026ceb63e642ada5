"""The books: what the tables hold, decoded. Made of items alone, so that they may be those of any AWS."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.aws.codec import decode
from chalicelib.kernel.importo import Importo
from chalicelib.notifiche.model import Notifica
from chalicelib.pagamenti.model import Ricevuta, Riscossione, Rpp
from chalicelib.pagamenti.repository import RICEVUTA, RISCOSSIONE, RPP
from chalicelib.pagamenti.sessioni.model import Sessione
from chalicelib.pendenze.model import Pendenza
from chalicelib.pendenze.repository import SK_POSIZIONE
from chalicelib.promemoria.model import Promemoria
from chalicelib.riconciliazione.conti.model import Anello
from chalicelib.riconciliazione.importazione.model import Giornale, MovimentoCassa
from chalicelib.riconciliazione.importazione.repository import MOVIMENTO, SK_GIORNALE
from chalicelib.riconciliazione.model import Avanzamento, Flusso, Incasso, Rendicontazione
from chalicelib.riconciliazione.repository.flussi import AVANZAMENTO, FLUSSO, RIGA
from chalicelib.riconciliazione.repository.incassi import SK_INCASSO
from chalicelib.tracciati.model import EsitoRiga, Tracciato
from chalicelib.tracciati.repository import RIGA as ESITO
from chalicelib.tracciati.repository import SK_TRACCIATO

Item = Mapping[str, Mapping[str, Any]]
Letti = Callable[[str], Iterable[Item]]
ANELLO = "anello#"
# By table, what the beginning of a sort key says of an item; without a sort key an item is its table's.
_FORME: Mapping[str, tuple[tuple[str, type[Any]], ...]] = {
    "pendenze": (("", Pendenza),),
    "transazioni": (
        (SK_POSIZIONE, Pendenza),
        (RPP, Rpp),
        (RICEVUTA, Ricevuta),
        (RISCOSSIONE, Riscossione),
    ),
    "notifiche": (("", Notifica),),
    "flussi": ((FLUSSO, Flusso), (AVANZAMENTO, Avanzamento), (RIGA, Rendicontazione)),
    "incassi": ((SK_INCASSO, Incasso), (ANELLO, Anello)),
    "movimenti": ((MOVIMENTO, MovimentoCassa), (SK_GIORNALE, Giornale)),
    "pagamenti": (("", Sessione),),
    "tracciati": ((SK_TRACCIATO, Tracciato), (ESITO, EsitoRiga)),
    "promemoria": (("", Promemoria),),
}
_DI_UN_POSTO: Mapping[type[Any], str] = {Rpp: "rpp", Ricevuta: "ricevute", Riscossione: "riscossioni"}
_ELENCHI: Mapping[type[Any], str] = {
    Pendenza: "pendenze",
    Notifica: "notifiche",
    Flusso: "flussi",
    Avanzamento: "avanzamenti",
    Incasso: "incassi",
    MovimentoCassa: "movimenti",
    Giornale: "giornali",
    Sessione: "sessioni",
    Anello: "anelli",
    Tracciato: "tracciati",
    Promemoria: "promemoria",
}


@dataclass(slots=True)
class Posto:
    """All that lies under one IUV of a dominio."""

    id_dominio: str
    iuv: str
    posizione: Pendenza | None = None
    rpp: list[Rpp] = field(default_factory=list)
    ricevute: list[Ricevuta] = field(default_factory=list)
    riscossioni: list[Riscossione] = field(default_factory=list)

    @property
    def pagate(self) -> list[Ricevuta]:
        """Give the ricevute by which money moved."""
        return [una for una in self.ricevute if una.esito.is_positivo]

    @property
    def riscosso(self) -> Importo:
        return Importo.total(una.importo for una in self.riscossioni)


@dataclass(slots=True)
class Libri:
    """`righe` are by the partition they lie in, `esiti` of rows by their tracciato; the other lists in the order in which they were read."""

    pendenze: list[Pendenza] = field(default_factory=list)
    posti: dict[str, Posto] = field(default_factory=dict)
    notifiche: list[Notifica] = field(default_factory=list)
    flussi: list[Flusso] = field(default_factory=list)
    avanzamenti: list[Avanzamento] = field(default_factory=list)
    righe: dict[str, list[Rendicontazione]] = field(default_factory=dict)
    incassi: list[Incasso] = field(default_factory=list)
    movimenti: list[MovimentoCassa] = field(default_factory=list)
    giornali: list[Giornale] = field(default_factory=list)
    sessioni: list[Sessione] = field(default_factory=list)
    anelli: list[Anello] = field(default_factory=list)
    tracciati: list[Tracciato] = field(default_factory=list)
    esiti: dict[int, list[EsitoRiga]] = field(default_factory=dict)
    promemoria: list[Promemoria] = field(default_factory=list)

    @property
    def riscossioni(self) -> list[Riscossione]:
        return [una for posto in self.posti.values() for una in posto.riscossioni]


class Lettore:
    """Reads books out of items, and decodes again only those that changed."""

    def __init__(self) -> None:
        self._noti: dict[int, tuple[Item, Any]] = {}

    def legge(self, items: Letti) -> Libri:
        """Read the books; `items` gives all of a table, by its name without prefix."""
        libri, noti = Libri(), dict[int, tuple[Item, Any]]()
        for tabella, forme in _FORME.items():
            for item in items(tabella):
                forma = _forma_di(item, forme)
                if forma is None:
                    continue
                trovato = self._noti.get(id(item)) or (item, decode(forma, _testo(item)))
                noti[id(item)] = trovato
                _registra(libri, tabella, item, trovato[1])
        self._noti = noti
        return libri


def _forma_di(item: Item, forme: Iterable[tuple[str, type[Any]]]) -> type[Any] | None:
    sk = item.get("sk", {}).get("S", "")
    forma = next((forma for inizio, forma in forme if sk.startswith(inizio)), None)
    # What else lies in the table of the sessions has a word before its key.
    return None if forma is Sessione and "#" in item["pk"]["S"] else forma


def _testo(item: Item) -> str:
    return str(item["documento"]["S"])


def _registra(libri: Libri, tabella: str, item: Item, cosa: Any) -> None:
    pk = item["pk"]["S"]
    if tabella == "transazioni":
        id_dominio, _, iuv = pk.partition("#")
        posto = libri.posti.setdefault(pk, Posto(id_dominio, iuv))
        if isinstance(cosa, Pendenza):
            posto.posizione = cosa
        else:
            getattr(posto, _DI_UN_POSTO[type(cosa)]).append(cosa)
    elif isinstance(cosa, Rendicontazione):
        libri.righe.setdefault(pk, []).append(cosa)
    elif isinstance(cosa, EsitoRiga):
        libri.esiti.setdefault(int(pk), []).append(cosa)
    else:
        getattr(libri, _ELENCHI[type(cosa)]).append(cosa)
