"""A history: what a seed makes happen to a few pendenze, and then the rest that everything must come to."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from chalicelib.kernel.rome_time import rome_day
from sandbox.nodo.model import StatoRicevuta
from sandbox.simulatore.aws.nuvola import Guasti
from sandbox.simulatore.libri import Libri
from sandbox.simulatore.passi.denaro import Denaro
from sandbox.simulatore.passi.portale import Portale
from sandbox.simulatore.passi.tracciati import Tracciati

SCHEDULES = (
    "acquisizione_flussi", "riesame_flussi", "riesame_movimenti", "riaccoda_incassi", "recupero_pagamenti",
    "recupero_rpt_pendenti", "riaccoda_notifiche", "riaccoda_promemoria", "verifica_conti",
)  # fmt: skip
# Those that find what is due; the others bring news, and are called once a day of the rest.
_FREQUENTI = ("riaccoda_notifiche", "riaccoda_promemoria", "recupero_pagamenti", "riaccoda_incassi")
GIORNI = 3
_GIRI = 400
_NIENTE = {"S": ""}
_IN_ATTESA = frozenset({"S", "R"})  # of payments, attempts and searches of receipts
# What waits for longer, as the promemoria of a due date, is not waited for.
_ATTESA_MASSIMA = timedelta(days=40)
RIPOSO = "riposo"
Passo = tuple[int, str]
PASSI = (
    ("carica", 3), ("aggiorna", 2), ("annulla_o_ripristina", 2), ("verifica", 1), ("attiva", 8), ("scade", 2),
    ("paga", 9), ("rinuncia", 2), ("consegna", 6), ("riconsegna", 2), ("stand_in", 1), ("carrello", 3),
    ("al_carrello", 5), ("rendiconta", 3), ("rivede", 1), ("banca", 3), ("ancora_il_giornale", 1), ("code", 8),
    ("smaltisce", 1), ("passa_il_tempo", 4), ("programmata", 3), ("tracciato", 3), ("ancora_il_tracciato", 1),
    ("ritira_esiti", 2), ("spontanea", 1), ("sconosciuta", 1), ("sblocca", 2), ("annota", 1), ("dimentica", 2),
)  # fmt: skip
_COMPITO = ("rendiconta", "smaltisce", "smaltisce", "banca", "smaltisce", "smaltisce")
# The ways in which a history begins: as it comes, with a race for one notice, with money at the bank, with a tracciato.
PROLOGHI = (
    ("carica", "carica"),
    ("carica", "attiva", "paga_dopo", "scade", "attiva", "paga_dopo", "scade", "attiva", "paga_dopo", "consegna",
     "consegna", "consegna"),
    ("carica", "carica", "attiva", "paga", "attiva", "paga", *_COMPITO),
    ("tracciato", "smaltisce", "ritira_esiti"),
)  # fmt: skip


def denaro_di(libri: Libri) -> list[tuple[str, ...]]:
    """Give all that is money: amounts, and the states of what has them."""
    pendenze = [
        ("p", una.id_pendenza, str(una.stato), str(una.importo), str(una.importo_pagato)) for una in libri.pendenze
    ]
    riscosse = [("r", una.iuv, una.iur, str(una.indice), str(una.importo), str(una.stato)) for una in libri.riscossioni]
    incassi = [("i", uno.id_incasso, str(uno.stato), str(uno.accredito.importo)) for uno in libri.incassi]
    return sorted([*pendenze, *riscosse, *incassi])


def passi_di(caso: random.Random, *, quanti: tuple[int, int]) -> list[Passo]:
    """Draw the steps of a history, each with its number: what a step draws depends on that, and not on those before."""
    nomi = list(caso.choice(PROLOGHI))
    nomi += caso.choices([nome for nome, _ in PASSI], [peso for _, peso in PASSI], k=caso.randint(*quanti))
    return list(enumerate(nomi, 1))


@dataclass(kw_only=True)
class Storia(Tracciati, Portale, Denaro):
    """All steps by name, how time goes, and the rest at the end."""

    semina: Callable[[str], None] = lambda _: None
    libri: Callable[[], Libri] = Libri
    giorni: set[date] = field(default_factory=set)
    denaro_prima_dell_oblio: list[tuple[str, ...]] = field(default_factory=list)
    denaro_dopo_l_oblio: list[tuple[str, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.nuvola.intreccia = self.intreccia

    def vive(self, passi: list[Passo]) -> None:
        for numero, nome in passi:
            self.passo = numero
            self._comincia(str(numero))
            self.nuvola.annota(f"{numero}. {nome}")
            getattr(self, nome)()
            self.giorni.add(rome_day(self.nuvola.orologio.adesso))
            self.controlla()

    def _comincia(self, passo: str) -> None:
        self.caso.seed(f"{self.seme}-{passo}")
        self.nuvola.guasti.comincia(self.seme, passo)
        self.semina(passo)

    def riposa(self) -> None:
        """Let nothing fail any more, and everything that waits come to its end."""
        self._comincia(RIPOSO)
        self.nuvola.annota(RIPOSO)
        self.nuvola.guasti.acceso = False
        self._rimette_gli_scarti()
        self._conclude()
        for giorno in range(GIORNI):
            for nome in SCHEDULES:
                if nome != "verifica_conti" or giorno == GIORNI - 1:
                    self.processo.programmata(nome)
            self._fino_in_fondo()
            self.giorni.add(rome_day(self.nuvola.orologio.adesso))
            self.nuvola.orologio.avanza(days=1)
        self._dimentica_ancora()
        self.controlla()

    def _conclude(self) -> None:
        """Let everybody outside do what they still owe: hand over, deliver, close."""
        for codice in sorted(self.dimenticati):
            self.cancella(codice)  # what a crash left half done is done again, as the runbook says
        for caricata in self.pendenze:
            if not caricata.certa and caricata.id_pendenza.startswith("P-"):
                self.put(caricata)
        for consegnato in self.tracciati:
            if not consegnato.accolto:
                consegnato.accolto = consegnato.manda()
        for ricevuta in self.mondo.nodo.consegne.tutte():
            if ricevuta.stato is not StatoRicevuta.CONSEGNATA and id(ricevuta) not in self.perse:
                self.mondo.nodo.consegne.consegna(ricevuta)
        for chiave, tenuta in self.mondo.nodo.archivio.tutte().items():
            if tenuta.rt is None:  # the Nodo closes by itself what no PSP has
                self.mondo.nodo.esita_rpt(chiave, positiva=False)

    def _dimentica_ancora(self) -> None:
        """Forget who asked for it again: what was open then is closed now."""
        if self.dimenticati:
            self.denaro_prima_dell_oblio = denaro_di(self.libri())
            for codice in sorted(self.dimenticati):
                self.cancella(codice)
            self.denaro_dopo_l_oblio = denaro_di(self.libri())

    def _rimette_gli_scarti(self) -> None:
        """Do as an operator after more faults than a queue bears. At rest nothing may end there."""
        for coda in self.nuvola.sqs.code.values():
            for messaggio in coda.scarti:
                messaggio.ricevuto, messaggio.da = 0, self.nuvola.orologio.secondi()
            coda.messaggi += coda.scarti
            coda.scarti.clear()

    def _fino_in_fondo(self) -> None:
        """Go from what is due to what is due next, until nothing is."""
        for _ in range(_GIRI):
            self._svuota_code()
            prossima = self._prossima()
            if prossima is None:
                return
            self.nuvola.orologio.adesso = max(self.nuvola.orologio.adesso, prossima) + timedelta(seconds=61)
            for nome in _FREQUENTI:
                self.processo.programmata(nome)
        self.nuvola.annota("ancora in attesa")

    def _prossima(self) -> datetime | None:
        """Give when the next thing is due of which an index says so."""
        trovate = []
        for tabella in self.nuvola.dynamodb.tabelle.values():
            for item in tabella.items.values():
                if "daCompletare" in item:
                    trovate.append(self.nuvola.orologio.adesso + timedelta(minutes=5))
                elif (
                    item.get("daVerificare", {}).get("S") in _IN_ATTESA
                    or "da-spedire" in item.get("daSpedire", _NIENTE)["S"]
                ):
                    trovate.append(datetime.fromisoformat(item["prossima"]["S"].partition("#")[0]))
        fino = self.nuvola.orologio.adesso + _ATTESA_MASSIMA
        return min((una for una in trovate if una < fino), default=None)

    def _svuota_code(self) -> None:
        for _ in range(3000):
            visibili = self.nuvola.sqs.visibili()
            if not visibili:
                prossimo = self.nuvola.sqs.prossimo()
                if prossimo is None:
                    return
                self.nuvola.orologio.fino_a(prossimo)
                continue
            self.uno(*visibili[0])
        raise AssertionError("le code non si svuotano")

    # -- AWS, and the time

    def intreccia(self) -> None:
        """Let another process do one thing, between two calls of the one that was at work; by draws of its own."""
        consegne = [self.consegna, self.consegna, self.consegna, self.riconsegna, self.paga]
        altre = [self.code, self.code, self.annulla_o_ripristina, self.aggiorna, self.sblocca]
        prima = self.caso
        self.caso = random.Random(f"{self.seme}-{self.nuvola.guasti.decisi[-1]}")  # noqa: S311 - a game
        azione = self.caso.choice(consegne + altre)
        self.nuvola.annota(f"    intanto: {azione.__name__}")
        try:
            with self.processo.un_altro():
                azione()
        finally:
            self.caso = prima
        self.nuvola.annota("    fine di intanto")

    def smaltisce(self) -> None:
        """Let many messages be received, each as soon as it may be."""
        for _ in range(40):
            visibili = self.nuvola.sqs.visibili()
            prossimo = self.nuvola.sqs.prossimo()
            if visibili:
                self.uno(*self.caso.choice(visibili))
            elif prossimo is not None:
                self.nuvola.orologio.fino_a(prossimo)

    def passa_il_tempo(self) -> None:
        self.nuvola.orologio.avanza(seconds=self.caso.choice([5, 60, 400, 1900, 7200, 30_000, 90_000]))

    def programmata(self) -> None:
        self.processo.programmata(self.caso.choice(SCHEDULES))


def guasti_di(caso: random.Random, guasti: Guasti) -> None:
    """Draw how bad a history is: some have no fault at all, some one kind of it, some all of them."""
    guasti.accaduti.clear()
    guasti.decisi.clear()
    indole = caso.choice(["buona", "mista", "mista", "una", "una", "gara"])
    nomi = (
        "crash", "lento", "conflitto", "persa", "ripetuta", "rete", "parziale", "doppio", "tardi", "intreccio",
        "illeggibile",
    )  # fmt: skip
    solo = caso.choice(nomi)
    for nome in nomi:
        chance = 0.0
        if indole == "mista":
            chance = caso.choice([0.0, 0.005, 0.02])
            if nome in {"rete", "illeggibile"}:
                chance *= 5  # of the calls that leave AWS there are few
        elif indole == "una" and nome == solo:
            chance = 0.2 if nome in {"rete", "illeggibile"} else 0.03
        elif indole == "gara" and nome == "intreccio":
            chance = 0.15
        setattr(guasti, nome, chance)
    guasti.ente = caso.choice([0.0, 0.1, 0.5])
    guasti.indietro = caso.choice([0.0, 0.0, 2.0, 60.0])
    guasti.vecchio = caso.choice([0.0, 0.0, 0.5])
    guasti.acceso = True
