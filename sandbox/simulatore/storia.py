"""A history: what a seed makes happen to a few pendenze, and then the rest that everything must come to."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from chalicelib.kernel.importo import Importo
from sandbox import sample
from sandbox.api_client import PAGAMENTO, PENDENZE
from sandbox.bank.opi import write_giornale
from sandbox.bench import events
from sandbox.checkout.checkout import Stato as StatoCarrelloCheckout
from sandbox.fdr.archivio import Totali
from sandbox.nodo.carrelli import StatoCarrello
from sandbox.nodo.model import Protocollo, Ricevuta, Rifiuto, StatoRicevuta, StatoTentativo, Tentativo
from sandbox.nodo.spedizione import Partenza, Quando
from sandbox.simulatore.aws.nuvola import Guasti, Nuvola
from sandbox.simulatore.mondo import Api, Mondo, Processo
from sandbox.wisp.wisp import Azione

_PROTOCOLLI = {
    sample.DOMINIO: (Protocollo.CLASSICO, Protocollo.V1, Protocollo.V2),
    sample.UNIONE.id_dominio: (Protocollo.V2,),
    sample.SCUOLA.id_dominio: (Protocollo.CLASSICO, Protocollo.V1),
}
_PERSONE = (sample.MARIA, sample.LUCA, sample.GIULIA)
SCHEDULES = (
    "acquisizione_flussi", "riesame_flussi", "riesame_movimenti", "riaccoda_incassi", "recupero_pagamenti",
    "recupero_rpt_pendenti", "riaccoda_notifiche", "verifica_conti",
)  # fmt: skip
# Those that find what is due; the others bring news, and are called once a day of the rest.
_FREQUENTI = ("riaccoda_notifiche", "recupero_pagamenti", "riaccoda_incassi")
GIORNI = 3
_GIRI = 400
_NIENTE = {"S": ""}
_IN_ATTESA = frozenset({"S", "R"})  # of payments, attempts and searches of receipts
PERSE = Partenza(Quando.PERSE)


@dataclass(slots=True)
class Caricata:
    """A pendenza as the gestionale knows it; `certa` once GovPay has answered that it has it."""

    id_pendenza: str
    dati: dict[str, Any]
    certa: bool = False
    numero_avviso: str | None = None
    annullata: bool = False


@dataclass(slots=True)
class Storia:
    """One history. `passo` counts its steps; `controlla` is called after each."""

    processo: Processo
    nuvola: Nuvola
    mondo: Mondo
    caso: random.Random
    controlla: Callable[[], None] = lambda: None
    pendenze: list[Caricata] = field(default_factory=list)
    da_consegnare: list[Ricevuta] = field(default_factory=list)
    perse: set[int] = field(default_factory=set)
    giornali: list[tuple[str, bytes]] = field(default_factory=list)
    passo: int = 0
    numero: int = 0

    def __post_init__(self) -> None:
        self.nuvola.intreccia = self.intreccia

    # -- the steps

    def vive(self, passi: int) -> None:
        scelte: tuple[tuple[Callable[[], None], int], ...] = (
            (self.carica, 3), (self.aggiorna, 2), (self.annulla_o_ripristina, 2), (self.verifica, 1), (self.attiva, 8),
            (self.scade, 2), (self.paga, 9), (self.rinuncia, 2), (self.consegna, 6), (self.riconsegna, 2),
            (self.stand_in, 1), (self.carrello, 3), (self.al_carrello, 5), (self.rendiconta, 3), (self.rivede, 1),
            (self.banca, 2), (self.ancora_il_giornale, 1), (self.code, 8), (self.passa_il_tempo, 4),
            (self.programmata, 3),
        )  # fmt: skip
        azioni = [*self.caso.choice(self._prologhi())]
        azioni += self.caso.choices([azione for azione, _ in scelte], [peso for _, peso in scelte], k=passi)
        for azione in azioni:
            self.passo += 1
            self.nuvola.annota(f"{self.passo}. {azione.__name__}")
            azione()
            self.controlla()

    def _prologhi(self) -> tuple[tuple[Callable[[], None], ...], ...]:
        """Give the ways in which a history begins: as it comes, with a race for one notice, with money at the bank."""
        carica, attiva, scade, dopo, consegna = self.carica, self.attiva, self.scade, self.paga_dopo, self.consegna
        paga, smaltisce = self.paga, self.smaltisce
        return (
            (carica, carica),
            (carica, attiva, dopo, scade, attiva, dopo, scade, attiva, dopo, consegna, consegna, consegna),
            (carica, carica, attiva, paga, attiva, paga, self.rendiconta, smaltisce, smaltisce, self.banca, smaltisce,
             smaltisce),
        )  # fmt: skip

    def riposa(self) -> None:
        """Let nothing fail any more, and everything that waits come to its end."""
        self.nuvola.annota("riposo")
        self.nuvola.guasti.acceso = False
        self.mondo.ente.mal_di_testa = 0.0
        self._rimette_gli_scarti()
        for caricata in self.pendenze:
            if not caricata.certa:
                self._put(caricata)
        for ricevuta in self.mondo.nodo.consegne.tutte():
            if ricevuta.stato is not StatoRicevuta.CONSEGNATA and id(ricevuta) not in self.perse:
                self.mondo.nodo.consegne.consegna(ricevuta)
        for chiave, tenuta in self.mondo.nodo.archivio.tutte().items():
            if tenuta.rt is None:  # the Nodo closes by itself what no PSP has
                self.mondo.nodo.esita_rpt(chiave, positiva=False)
        for _ in range(GIORNI):
            for nome in SCHEDULES:
                self.processo.programmata(nome)
            self._fino_in_fondo()
            self.nuvola.orologio.avanza(days=1)
        self.controlla()

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
        return min(trovate, default=None)

    def _svuota_code(self) -> None:
        for _ in range(3000):
            visibili = self.nuvola.sqs.visibili()
            if not visibili:
                prossimo = self.nuvola.sqs.prossimo()
                if prossimo is None:
                    return
                self.nuvola.orologio.fino_a(prossimo)
                continue
            self._uno(*visibili[0])
        raise AssertionError("le code non si svuotano")

    # -- the gestionale

    def _api(self) -> Api:
        return Api(self.processo, PENDENZE, sample.GESTIONALE_PRINCIPAL, sample.GESTIONALE_PASSWORD)

    def carica(self) -> None:
        self.numero += 1
        tipo = self.caso.choice(sample.TIPI)
        voci = [Importo(self.caso.randint(1, 20_000)) for _ in range(self.caso.choice([1, 1, 1, 2, 3]))]
        dati = sample._pendenza(tipo.codice, f"Causale {self.numero}", "1.00", self.caso.choice(_PERSONE))
        dati |= {
            "importo": Importo.total(voci),
            "voci": [
                {"idVocePendenza": str(n), "importo": uno, "descrizione": f"Voce {n}", "codEntrata": tipo.codice}
                for n, uno in enumerate(voci, 1)
            ],
        }
        caricata = Caricata(f"P-{self.numero}", dati)
        self.pendenze.append(caricata)
        self._put(caricata)

    def _put(self, caricata: Caricata) -> None:
        stato, risposta = self._api().chiama("PUT", f"/pendenze/{sample.ID_A2A}/{caricata.id_pendenza}", caricata.dati)
        if stato in {200, 201}:
            caricata.certa = True
            caricata.numero_avviso = str(risposta["numeroAvviso"])

    def aggiorna(self) -> None:
        """Load anew, with another amount."""
        caricata = self._una()
        if caricata is None:
            return
        voci = [dict(voce) for voce in caricata.dati["voci"]]
        voci[0]["importo"] = Importo(self.caso.randint(1, 20_000))
        prima = caricata.dati
        caricata.dati = {**prima, "voci": voci, "importo": Importo.total(voce["importo"] for voce in voci)}
        self._put(caricata)

    def annulla_o_ripristina(self) -> None:
        caricata = self._una()
        if caricata is None:
            return
        stato = "ANNULLATA" if not caricata.annullata else "NON_ESEGUITA"
        operazione = [{"op": "REPLACE", "path": "/stato", "value": stato}]
        esito, _ = self._api().chiama("PATCH", f"/pendenze/{sample.ID_A2A}/{caricata.id_pendenza}", operazione)
        if esito == 200:
            caricata.annullata = stato == "ANNULLATA"

    def _una(self) -> Caricata | None:
        note = [una for una in self.pendenze if una.numero_avviso is not None]
        return self.caso.choice(note) if note else None

    # -- the PSPs

    def verifica(self) -> None:
        caricata = self._una()
        if caricata is not None:
            self._prova(
                lambda: self.mondo.nodo.verifica(
                    id_dominio=caricata.dati["idDominio"],
                    numero_avviso=str(caricata.numero_avviso),
                    protocollo=self._protocollo(caricata),
                )
            )

    def _protocollo(self, caricata: Caricata) -> Protocollo:
        return self.caso.choice(_PROTOCOLLI[caricata.dati["idDominio"]])

    def attiva(self) -> None:
        caricata = self._una()
        if caricata is not None:
            self._prova(
                lambda: self.mondo.nodo.attiva(
                    id_dominio=caricata.dati["idDominio"],
                    numero_avviso=str(caricata.numero_avviso),
                    protocollo=self._protocollo(caricata),
                    importo=caricata.dati["importo"],
                )
            )
            if self.caso.random() < 0.6:
                self.code()  # the RPT of the classic protocol goes at once, as a rule

    def _prova(self, chiede: Callable[[], Any]) -> Any:
        try:
            return chiede()
        except Rifiuto as rifiuto:
            self.nuvola.annota(f"    il PSP si sente dire {rifiuto.codice} {rifiuto.originale or ''}")
            return None

    def _attivi(self, *stati: StatoTentativo) -> list[Tentativo]:
        return [uno for uno in self.mondo.nodo.tentativi() if uno.stato in stati and not uno.nota]

    def scade(self) -> None:
        """Let a token end, so that another PSP may begin; the first may still turn out to have been paid."""
        attivi = self._attivi(StatoTentativo.ATTIVO)
        if attivi:
            self.mondo.nodo.scade(self.caso.choice(attivi).token)

    def paga(self) -> None:
        """Pay, after a time-out or a KO too; the receipt goes now, later, or is lost for good."""
        self._paga(self.caso.choice(["subito", "subito", "subito", "dopo", "dopo", "persa"]))

    def paga_dopo(self) -> None:
        """Pay, and keep the receipt for later."""
        self._paga("dopo")

    def _paga(self, quando: str) -> None:
        aperti = self._attivi(StatoTentativo.ATTIVO, StatoTentativo.SCADUTO, StatoTentativo.NON_PAGATO)
        if not aperti:
            return
        tentativo = self.caso.choice(aperti)
        versione = None
        if tentativo.protocollo is Protocollo.V1 and tentativo.id_dominio == sample.DOMINIO:
            versione = self.caso.choice([Protocollo.V1, Protocollo.V2])
        # Paid first, and only then told: no other PSP pays an attempt whose receipt is on its way.
        ricevuta = self._prova(lambda: self.mondo.nodo.paga(tentativo.token, versione=versione, consegna=False))
        if ricevuta is not None and quando == "subito":
            self._prova(lambda: self.mondo.nodo.consegna_ora(ricevuta))
        self._parte(ricevuta, quando)

    def rinuncia(self) -> None:
        """Close a payment as not made: a KO of the classic protocol."""
        attivi = self._attivi(StatoTentativo.ATTIVO)
        if attivi:
            tentativo = self.caso.choice(attivi)
            self._prova(lambda: self.mondo.nodo.annulla(tentativo.token))

    def _parte(self, ricevuta: Ricevuta | None, quando: str) -> None:
        if ricevuta is None:
            return
        if quando == "dopo":
            self.da_consegnare.append(ricevuta)
        elif quando == "persa":
            self.perse.add(id(ricevuta))

    def consegna(self) -> None:
        """Deliver what was kept, in any order."""
        if self.da_consegnare:
            ricevuta = self.da_consegnare.pop(self.caso.randrange(len(self.da_consegnare)))
            self.mondo.nodo.consegne.consegna(ricevuta)

    def riconsegna(self) -> None:
        """Deliver again what has gone already, or what did not arrive."""
        tutte = [una for una in self.mondo.nodo.consegne.tutte() if una.invii and id(una) not in self.perse]
        if tutte:
            self.mondo.nodo.consegne.consegna(self.caso.choice(tutte))

    def stand_in(self) -> None:
        caricata = self._una()
        if caricata is not None and Protocollo.V2 in _PROTOCOLLI[caricata.dati["idDominio"]]:
            self._prova(
                lambda: self.mondo.nodo.stand_in(
                    id_dominio=caricata.dati["idDominio"],
                    numero_avviso=str(caricata.numero_avviso),
                    importo=caricata.dati["importo"],
                    causale="Stand-In",
                )
            )

    # -- the portal

    def carrello(self) -> None:
        """Begin a payment of a portal, and once more if nobody knows what became of it."""
        note = [una for una in self.pendenze if una.numero_avviso is not None]
        scelte = self.caso.sample(note, min(len(note), self.caso.randint(1, 3)))
        if not scelte:
            return
        corpo = {
            "pendenze": [{"idA2A": sample.ID_A2A, "idPendenza": una.id_pendenza} for una in scelte],
            "urlRitorno": "https://portale.example/esito",
        }
        api = Api(self.processo, PAGAMENTO, sample.PORTALE_PRINCIPAL, sample.PORTALE_PASSWORD)
        chiave = f"s-{self.passo}"
        for _ in range(self.caso.randint(1, 2)):
            stato, _ = api.chiama("POST", f"/pagamenti?idSessionePortale={chiave}", corpo)
            if stato == 201:
                return

    def al_carrello(self) -> None:
        """What a payer does before a cart: choose, pay, refuse, give up, come back."""
        self.caso.choice([self._a_checkout, self._al_wisp])()

    def _a_checkout(self) -> None:
        carrelli = [
            uno
            for uno in self.mondo.checkout.tutti()
            if uno.stato in {StatoCarrelloCheckout.APERTO, StatoCarrelloCheckout.ATTIVATO}
        ]
        if not carrelli:
            return
        carrello = self.mondo.checkout.uno(self.caso.choice(carrelli).id)
        if carrello is None:
            return
        azione = self.caso.choice(["attiva", "paga", "paga", "paga", "annulla", "rifiuta"])
        if azione == "attiva":
            self.mondo.checkout.attiva(carrello)
            return
        if azione == "paga":
            self.mondo.checkout.paga(carrello, PERSE)
            for ricevuta in carrello.ricevute:
                self._spedita(ricevuta)
        else:
            (self.mondo.checkout.annulla if azione == "annulla" else self.mondo.checkout.rifiuta)(carrello)
        if self.caso.random() < 0.7:
            self._torna(carrello.ritorno)

    def _al_wisp(self) -> None:
        aperti = [uno for uno in self.mondo.nodo.carrelli.tutti() if uno.stato is StatoCarrello.APERTO]
        if not aperti:
            return
        carrello = self.caso.choice(aperti)
        if self.caso.random() < 0.6:
            self.mondo.wisp.sceglie(carrello, "BSNDIT2T")
        if self.caso.random() < 0.2:
            return
        prima = len(self.mondo.nodo.consegne.tutte())
        url = self.mondo.wisp.conclude(carrello, self.caso.choice([*Azione, Azione.PAGA]), PERSE)
        for ricevuta in self.mondo.nodo.consegne.tutte()[prima:]:
            self._spedita(ricevuta)
        if url is not None and self.caso.random() < 0.7:
            self._torna(url)

    def _spedita(self, ricevuta: Ricevuta) -> None:
        quando = self.caso.choice(["subito", "subito", "dopo", "persa"])
        if quando == "subito":
            self.mondo.nodo.consegne.consegna(ricevuta)
        self._parte(ricevuta, quando)

    def _torna(self, url: str) -> None:
        dove = urlsplit(url)
        self.processo.chiama(events.Request(method="GET", url=f"{dove.path}?{dove.query}"))

    # -- the money

    def rendiconta(self) -> None:
        totali = self.caso.choice([Totali.GIUSTI] * 8 + [Totali.IMPORTO_ERRATO, Totali.NUMERO_ERRATO])
        if self.mondo.nodo.rendicontazione.rendiconta(totali=totali) or self.caso.random() < 0.3:
            self.processo.programmata("acquisizione_flussi")

    def rivede(self) -> None:
        """Publish a revision of a flow, at times without one of its rows."""
        flussi = self.mondo.nodo.rendicontazione.flussi()
        if not flussi:
            return
        flusso = self.caso.choice(flussi)
        iuv = sorted({riga.iuv for riga in flusso.righe})
        togli = [self.caso.choice(iuv)] if len(iuv) > 1 and self.caso.random() < 0.4 else []
        self.mondo.nodo.rendicontazione.rivedi(flusso.id_flusso, togli=togli)
        if self.caso.random() < 0.7:
            self.processo.programmata("acquisizione_flussi")

    def banca(self) -> None:
        """Credit what is on its way, in the right way or as banks do; the file goes to its folder."""
        id_dominio = self.caso.choice(sorted(sample.ENTI))
        if not self.mondo.tesoriere.da_accreditare(id_dominio):
            return
        if self.caso.random() < 0.5:
            giornali = [self.mondo.tesoriere.chiudi(id_dominio)]
        else:
            giornali = self.mondo.tesoriere.chiudi_due_giorni(id_dominio, seme=self.caso.randrange(1000))
        for giornale in giornali:
            self.giornali.append((f"giornale-di-cassa/{id_dominio}/in/{giornale.nome}", write_giornale(giornale)))
            self._deposita(*self.giornali[-1])

    def ancora_il_giornale(self) -> None:
        """Put the same file once more."""
        if self.giornali:
            self._deposita(*self.caso.choice(self.giornali))

    def _deposita(self, chiave: str, dati: bytes) -> None:
        from chalicelib.aws.documents import Bucket
        from chalicelib.settings import settings

        parametri = {"Bucket": settings().bucket(Bucket.RICONCILIAZIONE), "Key": chiave, "Body": dati}
        self.nuvola.s3.chiama("PutObject", parametri)

    # -- AWS

    def intreccia(self) -> None:
        """Let another process do one thing, between two calls of the one that was at work."""
        consegne = [self.consegna, self.consegna, self.consegna, self.riconsegna, self.paga]
        altre = [self.code, self.code, self.annulla_o_ripristina, self.aggiorna]
        azione = self.nuvola.guasti.caso.choice(consegne + altre)
        self.nuvola.annota(f"    intanto: {azione.__name__}")
        with self.processo.un_altro():
            azione()
        self.nuvola.annota("    fine di intanto")

    def code(self) -> None:
        """Let some messages be received, in any order; what fails comes back."""
        for _ in range(self.caso.randint(1, 12)):
            visibili = self.nuvola.sqs.visibili()
            if not visibili:
                return
            self._uno(*self.caso.choice(visibili))

    def smaltisce(self) -> None:
        """Let many messages be received, each as soon as it may be."""
        for _ in range(40):
            visibili = self.nuvola.sqs.visibili()
            prossimo = self.nuvola.sqs.prossimo()
            if visibili:
                self._uno(*self.caso.choice(visibili))
            elif prossimo is not None:
                self.nuvola.orologio.fino_a(prossimo)

    def _uno(self, coda: Any, messaggio: Any) -> None:
        if not self.nuvola.sqs.ricevuto(coda, messaggio):
            self.nuvola.annota(f"  {coda.nome}: agli scarti {messaggio.corpo[:160]}")
            return
        if self.processo.consuma(coda, messaggio) and not self.nuvola.guasti.tocca("doppio"):
            coda.messaggi.remove(messaggio)

    def passa_il_tempo(self) -> None:
        self.nuvola.orologio.avanza(seconds=self.caso.choice([5, 60, 400, 1900, 7200, 30_000, 90_000]))

    def programmata(self) -> None:
        self.processo.programmata(self.caso.choice(SCHEDULES))


def guasti_di(caso: random.Random, guasti: Guasti) -> None:
    """Draw how bad a history is: some have no fault at all, some one kind of it, some all of them."""
    guasti.accaduti.clear()
    indole = caso.choice(["buona", "mista", "mista", "una", "una", "gara"])
    nomi = ("crash", "lento", "conflitto", "persa", "ripetuta", "rete", "parziale", "doppio", "tardi", "intreccio")
    solo = caso.choice(nomi)
    for nome in nomi:
        chance = 0.0
        if indole == "mista":
            chance = caso.choice([0.0, 0.005, 0.02])
        elif indole == "una" and nome == solo:
            chance = 0.03
        elif indole == "gara" and nome == "intreccio":
            chance = 0.15
        setattr(guasti, nome, chance)
    guasti.indietro = caso.choice([0.0, 0.0, 2.0, 60.0])
    guasti.vecchio = caso.choice([0.0, 0.0, 0.5])
    guasti.acceso = True
