"""The contract kit: the sandbox's gestionale keeps it; each way of breaking it is told by the name of a case."""

import base64
import io
import json
import time
from datetime import date

import pytest

from chalicelib.kernel.importo import Importo
from chalicelib.notifiche.conformita.esecuzione import casi, esegui
from chalicelib.notifiche.conformita.model import VERIFICA_SECONDS, Esempio, Esito, Incarico
from govpay.riga import main
from sandbox import sample
from sandbox.gestionale.copioni import Copione, Verifica
from sandbox.gestionale.server import ENTE, Gestionale, nota_of, server
from tests.govpay.gestionale_rotto import Rotto, Scambio, served

A2A, UTENTE, PASSWORD = "GESTIONALE", "govpay", "segreta"
BASE = sample.pendenze(date(2026, 11, 24))["MENSA-2026-0007"]
COPIONI = {
    "NON_ESEGUITA": Copione(),
    "ANNULLATA": Copione(verifica=Verifica.ANNULLATA),
    "SCADUTA": Copione(verifica=Verifica.SCADUTA),
    "DUPLICATA": Copione(verifica=Verifica.DUPLICATA),
    "AGGIORNATA": Copione(verifica=Verifica.IMPORTO, importo=Importo(6000)),
}
BASIC = base64.b64encode(f"{UTENTE}:{PASSWORD}".encode()).decode()


@pytest.fixture(scope="module")
def sano():
    """The sandbox's gestionale, with a pendenza in each state."""
    gestionale = Gestionale(username=UTENTE, password=PASSWORD)
    for numero, (stato, copione) in enumerate(COPIONI.items()):
        id_pendenza = f"PROVA-{stato}"
        avviso = f"30120260000000{numero}424"
        gestionale.archivio.registra(nota_of(A2A, id_pendenza, BASE | {"numeroAvviso": avviso}))
        gestionale.archivio.scrivi(copione, id_pendenza=id_pendenza)
    with server(gestionale) as running:
        yield running.url + ENTE


def esempi():
    return {
        stato: Esempio(
            iuv=f"0120260000000{numero}424",
            id_pendenza=f"PROVA-{stato}",
            importo="60.00" if stato == "AGGIORNATA" else None,
        )
        for numero, stato in enumerate(COPIONI)
    }


def run(url, **other):
    incarico = Incarico(
        **{
            "url": url,
            "id_dominio": sample.DOMINIO,
            "id_a2a": A2A,
            "headers": {"Authorization": f"Basic {BASIC}"},
            "stati": esempi(),
            **other,
        }
    )
    return list(esegui(incarico))


def broken(sano, rotto):
    with served(sano, rotto) as url:
        return {referto.nome for referto in run(url) if referto.esito is Esito.NON_CONFORME}


def verifica(change):
    """Spoil the answers to the verifica by notice."""

    def after(scambio: Scambio) -> None:
        if scambio.is_verifica and scambio.stato == 200 and b"NON_ESEGUITA" in scambio.corpo:
            change(scambio)

    return Rotto(after=after)


def fields(**changed):
    return verifica(lambda scambio: scambio.change(**changed))


def answer(stato, when):
    """Answer with a status where the exchange is such a one."""

    def before(scambio: Scambio) -> bool:
        if when(scambio):
            scambio.stato = stato
            return True
        return False

    return Rotto(before=before)


def is_receipt(scambio, text=b""):
    return scambio.metodo == "POST" and text in scambio.richiesta


def second_time(rotto=None):
    rotto = Rotto()

    def before(scambio: Scambio) -> bool:
        if scambio.metodo == "POST" and b"-ripetuta" in scambio.richiesta and rotto.seen_before(scambio):
            scambio.stato = 409
            return True
        return False

    rotto.before = before
    return rotto


def no_auth(metodo):
    """Serve whoever comes."""

    def before(scambio: Scambio) -> bool:
        if scambio.metodo == metodo:
            scambio.headers = {n: v for n, v in scambio.headers.items() if n.lower() != "authorization"}
            scambio.headers["Authorization"] = f"Basic {BASIC}"
        return False

    return Rotto(before=before)


def plain(scambio):
    scambio.tipo = "text/html"


def latin(scambio):
    scambio.corpo = scambio.corpo.replace(b'"causale"', b'"causale\xe8"')


def late(scambio):
    time.sleep(VERIFICA_SECONDS + 0.1)


def huge(scambio):
    scambio.change(note="x" * 1_100_000)


def other_amount_each_time():
    amounts = iter(range(1, 10_000))
    return verifica(lambda scambio: scambio.change(importo=next(amounts)))


FAULTS = {
    "verifica-avviso-risponde": verifica(lambda s: setattr(s, "stato", 201)),
    "verifica-avviso-json": verifica(plain),
    "verifica-avviso-caricabile": fields(soggettoPagatore={"tipo": "F", "identificativo": "x" * 99}),
    "verifica-avviso-ripetuta": other_amount_each_time(),
    "verifica-avviso-in-tempo": verifica(late),
    "verifica-avviso-stato": verifica(lambda s: s.change(stato="NON_PAGATA")),
    "verifica-avviso-id-a2a": fields(idA2A="ALTRA"),
    "verifica-avviso-id-pendenza": fields(idPendenza="a b"),
    "verifica-avviso-id-dominio": fields(idDominio="00000000000"),
    "verifica-avviso-numero-avviso": fields(numeroAvviso="301000000000000000"),
    "verifica-avviso-importo": fields(importo=0),
    "verifica-avviso-voci": fields(voci=[]),
    "verifica-avviso-somma": fields(importo=1),
    "verifica-avviso-voci-distinte": fields(
        importo=2, voci=[{"idVocePendenza": "v", "importo": 1}, {"idVocePendenza": "v", "importo": 1}]
    ),
    "verifica-avviso-soggetto": fields(soggettoPagatore=None),
    "verifica-avviso-causale": fields(causale="x" * 141),
    "verifica-avviso-date": fields(dataValidita="24/11/2026"),
    "verifica-avviso-misura": verifica(huge),
    "verifica-vie-concordi": fields(importo=3),
    "verifica-avviso-annullata": Rotto(
        after=lambda s: s.change(stato="NON_ESEGUITA") if s.is_verifica and b"ANNULLATA" in s.corpo else None
    ),
    "verifica-avviso-scaduta": Rotto(
        after=lambda s: s.change(stato="NON_ESEGUITA") if s.is_verifica and b"SCADUTA" in s.corpo else None
    ),
    "verifica-avviso-duplicata": Rotto(
        after=lambda s: s.change(stato="NON_ESEGUITA") if s.is_verifica and b"DUPLICATA" in s.corpo else None
    ),
    "verifica-avviso-importo-di-oggi": Rotto(
        after=lambda s: s.change(importo=1) if s.is_verifica and b"AGGIORNATA" in s.corpo else None
    ),
    "verifica-avviso-sconosciuta": answer(500, lambda s: "99000000000000099" in s.path),
    "verifica-avviso-sconosciuta-unicode": answer(500, lambda s: "inesistente-" in s.path),
    "verifica-avviso-sconosciuta-barra": answer(500, lambda s: "%2F" in s.path),
    "verifica-avviso-sconosciuta-lunga": answer(500, lambda s: "9" * 300 in s.path),
    "verifica-avviso-sconosciuta-apice": answer(500, lambda s: "%27" in s.path),
    "verifica-avviso-senza-credenziali": no_auth("GET"),
    "verifica-avviso-credenziali-errate": no_auth("GET"),
    "verifica-dominio-altrui": Rotto(
        after=lambda s: s.change(stato="NON_ESEGUITA") if "/avvisi/00000000000/" in s.path else None
    ),
    "notifica-ricevuta": answer(302, lambda s: is_receipt(s, b"-ricevuta")),
    "notifica-ripetuta": second_time(),
    "notifica-insieme": answer(500, lambda s: is_receipt(s, b"-insieme")),
    "notifica-attivazione": answer(400, lambda s: is_receipt(s, b'"rt":null')),
    "notifica-disordine": answer(409, lambda s: is_receipt(s, b"-disordine") and b'"rt":null' in s.richiesta),
    "notifica-doppio-pagamento": answer(409, lambda s: is_receipt(s, b"-doppia-2")),
    "notifica-portale": answer(400, lambda s: "idSession" in s.path),
    "notifica-campi-ignoti": answer(400, lambda s: is_receipt(s, b"campoDiDomani")),
    "notifica-unicode": answer(500, lambda s: is_receipt(s, "Ł".encode())),
    "notifica-grande": answer(413, lambda s: len(s.richiesta) > 500_000),
    "notifica-sconosciuta": answer(500, lambda s: is_receipt(s, b"-inesistente")),
    "notifica-annullamento": answer(404, lambda s: s.path.endswith("/annulla")),
    "notifica-malformata": answer(201, lambda s: s.metodo == "POST" and s.richiesta == b"{"),
    "notifica-vuota": answer(500, lambda s: s.metodo == "POST" and s.richiesta == b""),
    "notifica-metodo": answer(200, lambda s: s.metodo == "GET" and "/pagamenti/" in s.path),
    "notifica-altra-via": answer(200, lambda s: s.path == ENTE + "/inesistente" or s.path == "/inesistente"),
    "notifica-senza-credenziali": no_auth("POST"),
    "notifica-credenziali-errate": no_auth("POST"),
}


class TestTheKit:
    def test_has_more_than_sixty_cases_each_with_its_name(self):
        names = [caso.nome for caso in casi()]

        assert len(names) == len(set(names)) > 60

    def test_finds_the_gestionale_of_the_sandbox_sound(self, sano):
        referti = run(sano)

        assert [(r.nome, r.motivo) for r in referti if r.esito is not Esito.CONFORME] == []

    @pytest.mark.parametrize("nome", FAULTS)
    def test_tells_a_broken_gestionale_by_name(self, sano, nome):
        assert nome in broken(sano, FAULTS[nome])

    def test_breaks_each_case_of_the_notice_and_of_the_notifica_once(self):
        by_notice = {caso.nome for caso in casi() if not caso.nome.startswith("verifica-pendenza")}
        # What is too slow for a test is shown by the time of the verifica; what is asked at once by the answer to one.
        assert by_notice - set(FAULTS) == {"notifica-in-tempo", "verifica-avviso-simultanee"}

    def test_skips_what_it_has_no_example_of(self, sano):
        referti = run(sano, stati={"NON_ESEGUITA": esempi()["NON_ESEGUITA"]}, notifiche=False)

        skipped = {r.nome for r in referti if r.esito is Esito.SALTATO}
        assert {"verifica-avviso-annullata", "verifica-pendenza-importo-di-oggi", "notifica-ricevuta"} <= skipped
        assert not any(r.esito is Esito.NON_CONFORME for r in referti)

    def test_tells_that_nobody_answers(self):
        referti = run("http://127.0.0.1:9/ente")

        assert any("nessuna risposta" in r.motivo for r in referti)
        assert not any(r.esito is Esito.CONFORME for r in referti)


@pytest.fixture
def file(tmp_path):
    dati = {stato: {"iuv": e.iuv, "idPendenza": e.id_pendenza, "importo": e.importo} for stato, e in esempi().items()}
    path = tmp_path / "esempi.json"
    path.write_text(json.dumps(dati))
    return path


class TestTheCommand:
    def line(self, url, file, *other):
        return ["verify-ente", url, "--dominio", sample.DOMINIO, "--a2a", A2A, "--esempi", str(file), *other]

    def test_prints_json_and_ends_well(self, sano, file, monkeypatch, capsys):
        monkeypatch.setenv("ENTE_UTENTE", UTENTE)
        monkeypatch.setenv("ENTE_PASSWORD", PASSWORD)

        code = main(self.line(sano, file, "--json"))

        found = json.loads(capsys.readouterr().out)
        assert (code, found["conto"]["NON_CONFORME"], found["conto"]["SALTATO"]) == (0, 0, 0)

    def test_ends_badly_where_a_case_is_not_kept(self, sano, file, capsys):
        code = main(self.line(sano, file))

        assert code == 1
        assert "NON_CONFORME" in capsys.readouterr().out

    def test_asks_before_it_tells_an_address_elsewhere(self, file, capsys, monkeypatch):
        monkeypatch.setattr("sys.stdin", io.StringIO())

        code = main(self.line("https://gestionale.comune.example/ente", file))

        assert code == 2
        assert "mai quello in esercizio" in capsys.readouterr().err

    def test_wants_the_password_out_of_sight(self, sano, file, capsys, monkeypatch):
        monkeypatch.delenv("ENTE_PASSWORD", raising=False)

        assert main(self.line(sano, file, "--utente", "govpay")) == 2
        assert "ENTE_PASSWORD" in capsys.readouterr().err
