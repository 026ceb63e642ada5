"""What a caller may do to a pendenza: read → rule → save. Two AWS calls, and now and then a lease of numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from random import random

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.aws.transactions import Write, WriteConflict, commit
from chalicelib.kernel import clock
from chalicelib.kernel.iuv import NumeroAvviso, numero_avviso_of
from chalicelib.kernel.precondition import NESSUNA, Precondition
from chalicelib.kernel.refusals import Conflict, Unprocessable
from chalicelib.kernel.utenze import Utenza
from chalicelib.pendenze import iuv as numbers
from chalicelib.pendenze import repository
from chalicelib.pendenze.model import NuovaPendenza, Pendenza
from chalicelib.pendenze.ports import Ports
from chalicelib.pendenze.queries import find, not_found
from chalicelib.pendenze.repository import POSIZIONE
from chalicelib.pendenze.rules.avviso import check_numero_avviso, codice_applicazione, taken_by
from chalicelib.pendenze.rules.load import Caricamento, check
from chalicelib.pendenze.rules.patch import PatchOp, PendenzaInesistente, apply_patch, cancel
from chalicelib.pendenze.rules.rights import check_own, check_visible, is_hidden
from chalicelib.pendenze.rules.update import new_pendenza, updated_pendenza
from chalicelib.pendenze.senza_posizione import absence_check
from chalicelib.rest import log

Also = Callable[[Pendenza], Sequence[Write]]
MAX_ATTEMPTS = 8
# Between attempts, in seconds: up to the first, then up to twice as long each time, up to the last. Seven waits are 1.4 s
# at the most, half of that as a rule; who races against thirty is through by then.
_FIRST_WAIT, _LAST_WAIT = 0.02, 0.4
# Each draw after the first leaves ten times as many numbers out: a run that the ente numbered by itself is soon behind.
MAX_DRAWS = 7


class DominioSenzaNumerazione(Unprocessable):
    """The dominio cannot make notices: no stazione (aux 0) or no segregation code (aux 3)."""

    codice = "SEMANTICA"


class NumerazioneOccupata(Conflict):
    """All the numbers drawn were taken."""

    codice = "409"


def load_pendenza(
    *,
    utenza: Utenza | None,
    id_a2a: str,
    id_pendenza: str,
    nuova: NuovaPendenza,
    now: datetime,
    aggiorna_se_esiste: bool = True,
    iuv: str | None = None,
    also: Also | None = None,
    se: Precondition = NESSUNA,
) -> tuple[Pendenza, bool]:
    """Load a pendenza, or replace what may change of it; give it as stored, and whether it is new.

    A numero avviso is made where none is given; `iuv` is that of a notice that exists already (the ente told of it).
    The same again changes nothing, and writes nothing. `utenza` None: nobody's rights are asked for. `also` gives what
    is written together with it, or alone where nothing of the pendenza is.

    :raises Refusal: APP_000..002, DOM_*, UOP_*, TVR_*, TVD_*, TRB_*, VER_* (GovPay 3.1 API 4.2), 403000
    :raises PreconditionFailed: 412, if what is stored is not what `se` asks for
    :raises WriteConflict: 409, if somebody else was faster each time
    """
    caricamento = check(nuova, id_a2a=id_a2a, id_pendenza=id_pendenza, utenza=utenza, censimento=anagrafica)
    given = _given_number(caricamento, iuv)

    def decide(before: Pendenza | None, numero: NumeroAvviso | None) -> Pendenza:
        se.check(None if before is None else before.versione)
        if before is not None:
            return updated_pendenza(before, caricamento, aggiorna=aggiorna_se_esiste, now=now)
        if numero is None:
            msg = "una pendenza nuova vuole un numero"
            raise ValueError(msg)
        return new_pendenza(caricamento, iuv=numero.iuv, numero_avviso=numero.numero, now=now)

    return _Loading(caricamento, given, decide, now, also).run()


def load_verificata(
    *, id_a2a: str, id_pendenza: str, nuova: NuovaPendenza, now: datetime, iuv: str | None = None
) -> tuple[Pendenza, bool]:
    """Load what the ente answered when it was asked; see `load_pendenza`."""
    return load_pendenza(utenza=None, id_a2a=id_a2a, id_pendenza=id_pendenza, nuova=nuova, now=now, iuv=iuv)


def patch_pendenza(
    *,
    utenza: Utenza,
    id_a2a: str,
    id_pendenza: str,
    ops: Sequence[PatchOp],
    now: datetime,
    se: Precondition = NESSUNA,
) -> Pendenza:
    """Apply the operations of a PATCH, all or none.

    :raises Sintassi: with all that is not allowed
    :raises NotFound: 404000
    :raises NotAllowed: 403000
    :raises PreconditionFailed: 412, if what is stored is not what `se` asks for
    """
    check_own(id_a2a, utenza)

    def decide(before: Pendenza | None) -> Pendenza:
        if before is None or is_hidden(before, utenza):
            raise not_found(id_a2a, id_pendenza)
        check_visible(before, utenza)
        se.check(before.versione)
        return apply_patch(before, ops, principal=utenza.principal, now=now)

    return _change(id_a2a, id_pendenza, decide)


def cancel_pendenza(
    *,
    id_a2a: str,
    id_pendenza: str,
    now: datetime,
    utenza: Utenza | None = None,
    id_dominio: str | None = None,
    motivo: str | None = None,
    also: Also | None = None,
) -> Pendenza:
    """Cancel a pendenza as bulk loads do: what is cancelled already stays so.

    `utenza` and `id_dominio`, where given, must be those whose it is; `also` as for `load_pendenza`.

    :raises Refusal: VER_008, 009; 403000
    """

    def decide(before: Pendenza | None) -> Pendenza:
        if before is None or id_dominio not in {None, before.id_dominio}:
            where = f" nel dominio {id_dominio}" if id_dominio else ""
            raise PendenzaInesistente(f"La pendenza ({id_a2a}, {id_pendenza}) non esiste{where}: controllare gli id.")
        if utenza is not None:
            check_visible(before, utenza)
        after = cancel(before, now=now)
        return after if after == before or not motivo else replace(after, descrizione_stato=motivo)

    if utenza is not None:
        check_own(id_a2a, utenza)
    return _change(id_a2a, id_pendenza, decide, also)


def _change(
    id_a2a: str, id_pendenza: str, decide: Callable[[Pendenza | None], Pendenza], also: Also | None = None
) -> Pendenza:
    """Read, decide, save; if somebody wrote in between, again, a few times."""
    for attempt in range(1, MAX_ATTEMPTS + 1):
        before = find(id_a2a, id_pendenza)
        after = decide(before)
        try:
            return _saved(before, after, also)
        except WriteConflict:
            if attempt == MAX_ATTEMPTS:
                raise
            wait_after(attempt)
    raise AssertionError("unreachable")


def wait_after(conflicts: int) -> None:
    """Let the others go first, for a time that nobody shares: who tries again at once meets the same ones again."""
    clock.pause(random() * min(_LAST_WAIT, _FIRST_WAIT * 2 ** (conflicts - 1)))  # noqa: S311 - no secret


def _saved(before: Pendenza | None, after: Pendenza, also: Also | None) -> Pendenza:
    """Write what changes of a pendenza, and what belongs to it; give it as stored."""
    others = [] if also is None else list(also(after))
    if before is not None and after == before:
        if others:
            commit(others)
        return after
    if not others:
        return repository.save(before, after)
    commit([*repository.writes(before, after), *others])
    return repository.next_of(before, after)


@dataclass(slots=True)
class _Loading:
    """One load, as often as it must be decided again: somebody wrote in between, or the number drawn was taken."""

    caricamento: Caricamento
    given: NumeroAvviso | None
    decide: Callable[[Pendenza | None, NumeroAvviso | None], Pendenza]
    now: datetime
    also: Also | None = None
    conflicts: int = 0
    draws: int = 0

    def run(self) -> tuple[Pendenza, bool]:
        while True:
            before = repository.get(self.caricamento.id_a2a, self.caricamento.id_pendenza)
            numero = None if before is not None else self.given or self._draw()
            after = self.decide(before, numero)
            try:
                return self._save(before, after), before is None
            except WriteConflict as conflict:
                self._may_try_again(conflict, before, numero)

    def _save(self, before: Pendenza | None, after: Pendenza) -> Pendenza:
        """Write it; a new one whose number came with it may have been paid before it was loaded."""
        outbox = [] if before == after else list(Ports.outbox(before, after, self.now))
        if before is not None or self.given is None or Ports.save_settled is None:
            saved = _saved(before, after, self._with(outbox))
            Ports.publish(outbox)
            return saved
        unpaid = absence_check(after.id_dominio, self.given.iuv)
        others = [] if self.also is None else list(self.also(after))
        try:
            commit([*repository.writes(None, after), unpaid, *others, *outbox])
        except WriteConflict as conflict:
            if unpaid.name not in conflict.names or repository.PENDENZA in conflict.names:
                raise
            settled = Ports.save_settled(after, self.now)
            if others:
                commit(others)
            return settled
        Ports.publish(outbox)
        return repository.next_of(None, after)

    def _with(self, outbox: list[Write]) -> Also | None:
        also = self.also
        if not outbox:
            return also
        return lambda after: [*(also(after) if also is not None else ()), *outbox]

    def _draw(self) -> NumeroAvviso:
        ahead = 10**self.draws if self.draws else 0
        self.draws += 1
        return draw_number(self.caricamento, ahead=ahead, now=self.now)

    def _may_try_again(self, conflict: WriteConflict, before: Pendenza | None, numero: NumeroAvviso | None) -> None:
        """Let a lost race be run again; refuse a number that is another pendenza's.

        :raises Refusal: VER_025, 409
        """
        if before is None and numero is not None and POSIZIONE in conflict.names:
            other = repository.get_by_iuv(self.caricamento.nuova.id_dominio, numero.iuv)
            if other is not None and not self._is_this(other):
                if self.given is not None:
                    raise taken_by(self.caricamento, numero.numero, other) from conflict
                if self.draws >= MAX_DRAWS:
                    raise NumerazioneOccupata(
                        f"I numeri avviso generati per il dominio {self.caricamento.nuova.id_dominio} sono già in uso: "
                        "cambiare iuvPrefix del dominio o riprovare."
                    ) from conflict
                return
        self.conflicts += 1
        if self.conflicts >= MAX_ATTEMPTS:
            raise conflict
        wait_after(self.conflicts)

    def _is_this(self, other: Pendenza) -> bool:
        return (other.id_a2a, other.id_pendenza) == (self.caricamento.id_a2a, self.caricamento.id_pendenza)


def _given_number(caricamento: Caricamento, iuv: str | None) -> NumeroAvviso | None:
    """Give the number that came with the pendenza, or that of the notice asked about; None if one is to be made."""
    numero = caricamento.nuova.numero_avviso
    if numero is None and iuv is not None:
        dominio = caricamento.ente.dominio
        numero = numero_avviso_of(
            iuv=iuv, aux=dominio.aux_digit, codice_applicazione=codice_applicazione(dominio.id_stazione)
        )
    if numero is None:
        return None
    avviso = check_numero_avviso(caricamento, numero)
    if not avviso.has_right_check_digits:
        log.warning(
            "numero avviso con cifre di controllo errate",
            id_a2a=caricamento.id_a2a,
            id_pendenza=caricamento.id_pendenza,
            id_dominio=caricamento.nuova.id_dominio,
            iuv=avviso.iuv,
        )
    return avviso


def draw_number(caricamento: Caricamento, *, now: datetime, ahead: int = 0) -> NumeroAvviso:
    """Draw a new number in the numbering of the dominio.

    :raises Refusal: VER_028; SEMANTICA, if the dominio has not what a number is made of
    """
    dominio = caricamento.ente.dominio
    codice = {"0": codice_applicazione(dominio.id_stazione), "3": dominio.segregation_code}.get(dominio.aux_digit, "")
    if codice is None:
        raise DominioSenzaNumerazione(
            f"Il dominio {dominio.id_dominio} non può generare numeri avviso: manca "
            f"{'la stazione' if dominio.aux_digit == '0' else 'il segregationCode'}. Completarlo o indicare numeroAvviso."
        )
    prefisso = numbers.resolve_prefix(
        dominio.iuv_prefix,
        aux=dominio.aux_digit,
        codifica_applicazione=caricamento.applicazione.codifica_avvisi.codifica_iuv,
        codifica_tipo=caricamento.tipo.codifica_iuv,
        name=f"{caricamento.name}, dominio {dominio.id_dominio}",
        now=now,
    )
    serie = numbers.Serie(id_dominio=dominio.id_dominio, aux=dominio.aux_digit, codice=codice, prefisso=prefisso)
    return numbers.draw(serie, now=now, ahead=ahead)
