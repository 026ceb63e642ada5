"""Every request among the official examples, sent to us: an answer that the official schema admits."""

from pathlib import Path

import pytest
from lxml import etree

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.nodo.dispatch import PRIMITIVE, read_message
from chalicelib.nodo.soap import read_envelope
from tests.builders_anagrafica import a_dominio, a_stazione, an_intermediario
from tests.nodo.calls import post
from tests.nodo.official import examples, is_valid, needs_official, schemas_for

REQUESTS = [path for path in examples("classic", "current") if ".request" in path.name and path.name.startswith("pa")]


def text_of(path: Path, *names: str) -> str | None:
    root = etree.parse(str(path))
    found = (root.findtext(f".//{{*}}{name}") for name in names)
    return next((text for text in found if text), None)


@needs_official
@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: path.name)
class TestExample:
    def answer(self, client, path):
        name = path.name.partition(".")[0]
        response = post(client, name, path.read_bytes())
        assert response.status_code == 200, response.body
        assert is_valid(schemas_for(name)[1], read_envelope(response.body).operation), response.body
        return read_message(response.body, PRIMITIVE[name].response)

    def test_from_an_intermediario_we_do_not_know_is_refused(self, client, path):
        assert self.answer(client, path).fault.fault_code == "PAA_ID_INTERMEDIARIO_ERRATO" or "Demand" in path.name

    def test_to_an_ente_of_ours_is_answered_about_its_position(self, client, path):
        broker = text_of(path, "identificativoIntermediarioPA", "idBrokerPA")
        station = text_of(path, "identificativoStazioneIntermediarioPA", "idStation")
        anagrafica.put_intermediario(intermediario=an_intermediario(id_intermediario=broker))
        anagrafica.put_stazione(stazione=a_stazione(id_stazione=station, id_intermediario=broker))
        anagrafica.put_dominio(
            dominio=a_dominio(id_dominio=text_of(path, "identificativoDominio", "idPA"), id_stazione=station)
        )

        answer = self.answer(client, path)

        # The archive is empty: positions and RPTs are unknown, receipts of ours are taken all the same.
        assert answer.fault is None or answer.fault.fault_code in {
            "PAA_PAGAMENTO_SCONOSCIUTO",
            "PAA_RPT_SCONOSCIUTA",
            "PAA_SEMANTICA",
        }
        if "SendRT" in path.name:
            assert answer.outcome == "OK"


@needs_official
def test_there_are_examples_of_every_primitive_we_serve():
    assert {path.name.partition(".")[0] for path in REQUESTS} == set(PRIMITIVE)
