"""The heading of a file against the layout it should have: which cell is which column."""

from collections.abc import Mapping, Sequence

from chalicelib.tracciati.lettura.csv_righe import looks_like_data
from chalicelib.tracciati.lettura.errori import TracciatoIllegibile
from chalicelib.tracciati.mappa import standard
from chalicelib.tracciati.mappa.campi import Campo
from chalicelib.tracciati.mappa.dichiarata import STANDARD_31, Mappa

_MOSTRATE = 10


def placed(mappa: Mappa, heading: Sequence[str]) -> tuple[Mappa, Mapping[str, int]]:
    """Give the layout that the heading really has, and the position of each of its columns.

    :raises TracciatoIllegibile: if columns are missing, or there is no heading
    """
    is_known = bool(set(heading) & {*standard.COLONNE, *standard.COLONNE_31})
    if mappa.is_standard and not is_known and looks_like_data(heading):
        raise TracciatoIllegibile("manca la riga di intestazione: la prima riga contiene già dati")
    double = sorted({name for name in heading if name and heading.count(name) > 1})
    if double:
        raise TracciatoIllegibile(f"l'intestazione ripete le colonne {_shown(double)}: lasciarne una sola")
    positions = {name: n for n, name in enumerate(heading) if name}
    return _standard(mappa, heading, positions) if mappa.is_standard else _declared(mappa, heading, positions)


def _standard(mappa: Mappa, heading: Sequence[str], positions: Mapping[str, int]) -> tuple[Mappa, Mapping[str, int]]:
    """Find the columns by name, in any order; a heading of other names is taken by position."""
    for names, found in ((standard.COLONNE, mappa), (standard.COLONNE_31, STANDARD_31)):
        if set(names) <= set(positions):
            return found, positions
    if set(positions) & {*standard.COLONNE, *standard.COLONNE_31}:
        missing = [name for name in standard.COLONNE if name not in positions]
        raise TracciatoIllegibile(f"all'intestazione mancano le colonne {_shown(missing)}")
    for names, found in ((standard.COLONNE, mappa), (standard.COLONNE_31, STANDARD_31)):
        if len(heading) == len(names):
            return found, {name: n for n, name in enumerate(names)}
    raise TracciatoIllegibile(
        f"l'intestazione ha {len(heading)} colonne: ne servono {len(standard.COLONNE)}, con i nomi del manuale"
    )


def _declared(mappa: Mappa, heading: Sequence[str], positions: Mapping[str, int]) -> tuple[Mappa, Mapping[str, int]]:
    wanted = [c.colonna for c in mappa.campi] + [c.se.colonna for c in mappa.campi if c.se is not None]
    wanted += [cell.colonna for cell in mappa.risposta if isinstance(cell, Campo)]
    missing = [str(c) for c in wanted if isinstance(c, str) and c not in positions]
    if missing:
        raise TracciatoIllegibile(f"all'intestazione mancano le colonne {_shown(missing)} del tipo pendenza")
    highest = max((c for c in wanted if isinstance(c, int)), default=-1)
    if highest >= len(heading):
        raise TracciatoIllegibile(
            f"il file ha {len(heading)} colonne: il tipo pendenza ne legge fino alla {highest + 1}"
        )
    return mappa, positions


def _shown(names: Sequence[str]) -> str:
    few = list(dict.fromkeys(names))
    more = f" e altre {len(few) - _MOSTRATE}" if len(few) > _MOSTRATE else ""
    return ", ".join(name[:64] for name in few[:_MOSTRATE]) + more
