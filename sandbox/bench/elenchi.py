"""The lists of backoffice among few things and among many: the calls and units of a page must be the same.

The tables are filled where they are, with copies of one of each thing that the product made itself, and emptied of them
after each list, so that there is memory for a million.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from unittest.mock import patch

from chalicelib.giornale import operations as giornale
from chalicelib.promemoria import repository as promemoria
from chalicelib.promemoria import rules as regole_promemoria
from chalicelib.promemoria.model import Canale, TipoPromemoria
from chalicelib.riconciliazione import operations as riconciliazione
from chalicelib.riconciliazione.model import Formato
from chalicelib.riconciliazione.ports import Ports
from sandbox.bench import events
from sandbox.bench.copie import MARCA, Stampo
from sandbox.bench.events import Request
from sandbox.bench.flatness import Level, level
from sandbox.bench.rendicontazione import _IMPORTO, _id_flusso, _iuv, _token
from sandbox.bench.world import BACKOFFICE, Handle, World
from tests import builders_anagrafica as comune
from tests import builders_riconciliazione as builders
from tests.builders_pagamenti import a_pendenza
from tests.clock import NOW
from tests.eventi import an_exchange

# Where a filter leaves items out a query looks at two hundred: the least has more.
SIZES, LARGE_SIZES = (250, 1_000), (1_000, 100_000, 1_000_000)
PER_PAGINA = 25
_PAGINA = f"risultatiPerPagina={PER_PAGINA}&metadatiPaginazione=false&maxRisultati=false"
# The month in which the originals were made, whenever they are measured.
_MESE = "dataDa=2026-11-01&dataA=2026-11-30"
_FLUSSI = "flussoRendicontazione.dataFlussoDa=2026-11-01&flussoRendicontazione.dataFlussoA=2026-11-30"


@dataclass(frozen=True, slots=True, kw_only=True)
class Elenco:
    """A list: its path, and the tables that are filled for it, with these range keys only.

    `most` is how many things it takes at once: it gives totals of all that is asked for, and refuses to read more.
    `pieno`: that many results make a full page.
    """

    nome: str
    path: str
    tabelle: tuple[str, ...]
    solo: str = ""
    most: int | None = None
    pieno: int = PER_PAGINA


ELENCHI = (
    Elenco(nome="GET notifiche", path=f"notifiche?{_PAGINA}&{_MESE}", tabelle=("notifiche",)),
    Elenco(nome="GET promemoria", path=f"promemoria?{_PAGINA}&{_MESE}", tabelle=("promemoria",)),
    Elenco(nome="GET rpp", path=f"rpp?{_PAGINA}", tabelle=("transazioni",), solo="rpp#"),
    Elenco(nome="GET riscossioni", path=f"riscossioni?{_PAGINA}", tabelle=("transazioni",), solo="riscossione#"),
    Elenco(nome="GET flussi", path=f"flussiRendicontazione?{_PAGINA}", tabelle=("flussi",)),
    Elenco(nome="GET incassi", path=f"incassi?{_PAGINA}", tabelle=("incassi",)),
    Elenco(nome="GET eventi", path=f"eventi?{_PAGINA}&{_MESE}", tabelle=("eventi",)),
    Elenco(
        nome="GET quadrature riscossioni",
        path=f"quadrature/riscossioni?gruppi=DOMINIO&{_PAGINA}&{_MESE}",
        tabelle=("transazioni",),
        solo="riscossione#",
        most=1_000,
        pieno=1,
    ),
    Elenco(nome="GET rendicontazioni", path=f"rendicontazioni?{_PAGINA}&{_FLUSSI}", tabelle=("flussi",), most=900),
)


def measure(world: World, sizes: Sequence[int]) -> Iterator[Level]:
    """Measure each list at each size, in growing order; one that refuses to read so many at as many as it reads."""
    stampi = {elenco.nome: Stampo(*elenco.tabelle) for elenco in ELENCHI}
    _originali()
    for elenco in ELENCHI:
        with stampi[elenco.nome].provvisorio() as stampo:
            for size in dict.fromkeys(min(size, elenco.most or size) for size in sizes):
                stampo.riempi(size, solo=elenco.solo)
                yield level(elenco.nome, _pagina(world, elenco), size)


def grown(levels: Sequence[Level]) -> Sequence[str]:
    """Name the lists that do not cost the same at every size, but for those that give totals of all there is."""
    counted = {elenco.nome for elenco in ELENCHI if elenco.most is not None}
    names = dict.fromkeys(level.operation for level in levels if level.operation not in counted)
    return [name for name in names if len({level.figures for level in levels if level.operation == name}) > 1]


def _pagina(world: World, elenco: Elenco) -> Handle:
    request = Request(
        method="GET", url=f"{BACKOFFICE}/{elenco.path}", user=comune.GPADMIN, password=comune.PASSWORD_GPADMIN
    )
    found = len(events.read_json(world.call(request))["risultati"])
    if found != elenco.pieno:
        raise LookupError(f"{elenco.nome}: {found} risultati, e non {elenco.pieno}: una pagina a metà non dice niente")
    return world.handle(request)


def _originali() -> None:
    """Make one of each thing."""
    builders.paid(_iuv(MARCA), token=_token(MARCA), importo=_IMPORTO)
    riga = builders.a_riga(iuv=_iuv(MARCA), iur=_token(MARCA), importo=_IMPORTO)
    fonte = builders.FonteFinta()
    with patch.object(Ports, "fonti", {Formato.SOAP: fonte}), patch.object(Ports, "flusso_acquisito", None):
        xml = builders.a_flow(riga, identificativo_flusso=_id_flusso(MARCA))
        builders.acquired(fonte, xml, builders.a_chiave(id_flusso=_id_flusso(MARCA)))
    accredito = builders.an_accredito(id_flusso=_id_flusso(MARCA), id_incasso=f"INCASSO-{MARCA}", importo=_IMPORTO)
    riconciliazione.post_incasso(accredito=accredito, utenza=None, now=NOW)
    pendenza = replace(a_pendenza(), id_pendenza=f"P-{_iuv(MARCA)}")
    promemoria.save(regole_promemoria.planned(pendenza, TipoPromemoria.AVVISO, Canale.MAIL, now=NOW))
    evento = giornale._evento(an_exchange(iuv=_iuv(MARCA), id_pendenza=f"P-{_iuv(MARCA)}"))
    giornale.store(json.loads(json.dumps(giornale._message(evento))))
