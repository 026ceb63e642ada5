"""What an operator does to an attempt by hand."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.aws.transactions import commit
from chalicelib.kernel.utenze import Utenza
from chalicelib.pagamenti import queries, repository
from chalicelib.pagamenti.queries import Dettaglio
from chalicelib.pagamenti.rules import modifica as rules
from chalicelib.pendenze.rules.patch import PatchOp


def patch_rpp(
    *, utenza: Utenza, id_dominio: str, iuv: str, ccp: str, ops: Sequence[PatchOp], now: datetime
) -> Dettaglio:
    """Apply the operations of a PATCH, all or none; the same again changes nothing, and writes nothing.

    :raises Sintassi: with all that is not allowed
    :raises NotFound: 404000
    :raises NotAllowed: 403000
    :raises WriteConflict: 409, if the attempt moved meanwhile
    """
    found = queries.get_rpp(utenza=utenza, id_dominio=id_dominio, iuv=iuv, ccp=ccp, now=now)
    changed = rules.apply_patch(found.rpp, ops, now=now)
    if changed == found.rpp:
        return found
    commit(repository.rpp_writes(before=found.rpp, after=changed))
    if changed.prossima_verifica is not None and changed.prossima_verifica != found.rpp.prossima_verifica:
        from chalicelib.pagamenti.recupero.operations import ask_about

        ask_about(changed)
    return replace(found, rpp=changed.next_version())
