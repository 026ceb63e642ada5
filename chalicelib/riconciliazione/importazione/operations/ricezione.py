"""A giornale that comes by the API: announced, then put where the bank puts its own; S3 tells the rest."""

from datetime import datetime

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.aws import documents
from chalicelib.kernel.ids import new_hex
from chalicelib.kernel.refusals import Invalid, Semantica
from chalicelib.kernel.utenze import Utenza
from chalicelib.riconciliazione.importazione import archivio, repository
from chalicelib.riconciliazione.importazione.model import Giornale
from chalicelib.riconciliazione.importazione.states import StatoGiornale

UPLOAD_SECONDS = 900


class GiornaleVuoto(Invalid):
    codice = "GDC_VUOTO"


def announce(*, id_dominio: str, nome: str, utenza: Utenza, now: datetime) -> tuple[Giornale, str]:
    """Register a giornale whose bytes will come; give it, and the URL to which they are to be PUT within 15 minutes.

    :raises NotAllowed: 403000
    :raises Semantica: if the dominio is not registered
    """
    giornale = _announced(id_dominio, nome, utenza, now)
    key = archivio.upload_key(id_dominio, giornale.id_giornale, giornale.nome)
    return giornale, documents.upload_url(archivio.BUCKET, key, seconds=UPLOAD_SECONDS)


def upload(*, id_dominio: str, nome: str, content: bytes, utenza: Utenza, now: datetime) -> Giornale:
    """Take a giornale whole; its import begins when S3 tells of it.

    :raises NotAllowed: 403000
    :raises Semantica: if the dominio is not registered
    :raises GiornaleVuoto: without bytes
    """
    if not content:
        raise GiornaleVuoto("Il corpo della richiesta è vuoto: inviare il giornale di cassa.")
    giornale = _announced(id_dominio, nome, utenza, now)
    key = archivio.upload_key(id_dominio, giornale.id_giornale, giornale.nome)
    documents.put(archivio.BUCKET, key, content, content_type="application/octet-stream")
    return giornale


def _announced(id_dominio: str, nome: str, utenza: Utenza, now: datetime) -> Giornale:
    utenza.require_dominio(id_dominio)
    if anagrafica.dominio(id_dominio) is None:
        raise Semantica(f"Il dominio {id_dominio[:35]} non è censito: controllare idDominio.")
    plain, id_giornale = archivio.plain_name(nome), new_hex()
    return repository.save_giornale(
        Giornale(
            id_dominio=id_dominio,
            id_giornale=id_giornale,
            nome=plain,
            stato=StatoGiornale.ATTESO,
            ricevuto=now,
            originale=archivio.original_key(id_dominio, id_giornale, plain),
            principal=utenza.principal,
        )
    )
