"""A tracciato that comes by the API: registered, then put in the bucket; S3 tells the rest."""

import hashlib
from datetime import datetime

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.aws import documents
from chalicelib.aws.transactions import WriteConflict
from chalicelib.kernel.refusals import Conflict, Invalid, Semantica
from chalicelib.kernel.utenze import Utenza
from chalicelib.tracciati import archivio, repository
from chalicelib.tracciati.lettura.errori import MAX_BYTES
from chalicelib.tracciati.model import Formato, Tracciato
from chalicelib.tracciati.rules import id_of
from chalicelib.tracciati.states import CONCLUSI, StatoTracciato

# Of one file, by one caller: each is tried again only after the one before ended with errors.
MAX_TENTATIVI = 50


class TracciatoTroppoGrande(Invalid):
    codice = "TRA_TROPPO_GRANDE"


class TracciatoRipetuto(Conflict):
    codice = "TRA_RIPETUTO"


def upload(
    *,
    nome: str,
    content: bytes,
    formato: Formato,
    utenza: Utenza,
    now: datetime,
    id_dominio: str | None = None,
    id_tipo_pendenza: str | None = None,
    id_tracciato: str = "",
    stampa: bool = True,
    stampa_chiesta: bool = False,
) -> Tracciato:
    """Register a tracciato and put its bytes where its work begins. The same file again is the same tracciato.

    One that ended with errors is tried anew: what was wrong may have been mended in the anagrafica.

    :raises NotAllowed: 403000, for a dominio or tipo pendenza that the caller may not manage
    :raises Semantica: if the dominio is not registered
    :raises TracciatoTroppoGrande:
    """
    _check(id_dominio, id_tipo_pendenza, utenza, content)
    impronta = hashlib.sha256(content).hexdigest()
    plain = archivio.plain_name(nome)
    for tentativo in range(MAX_TENTATIVI):
        which = id_of(
            utenza.principal, id_dominio or "", id_tipo_pendenza or "", formato, str(stampa), impronta, str(tentativo)
        )
        known = repository.get(which) if tentativo else None
        tracciato = known or _registered(
            Tracciato(
                id=which,
                nome=plain,
                formato=formato,
                stato=StatoTracciato.IN_ATTESA,
                caricato=now,
                aggiornato=now,
                originale=archivio.upload_key(id_dominio, which, plain),
                impronta=impronta,
                id_dominio=id_dominio,
                id_tipo_pendenza=id_tipo_pendenza,
                id_tracciato=id_tracciato or plain,
                principal=utenza.principal,
                mittente=utenza.nome,
                stampa=stampa,
                stampa_chiesta=stampa_chiesta,
            )
        )
        if tracciato.impronta == impronta and not _is_to_be_tried_anew(tracciato):
            if tracciato.stato is StatoTracciato.IN_ATTESA:
                # New, or left so by a crash: the bytes put again make S3 tell again.
                documents.put(
                    archivio.BUCKET, tracciato.originale, content, content_type=archivio.CONTENT_TYPES[formato]
                )
            return tracciato
    raise TracciatoRipetuto(
        f"Lo stesso file è stato caricato {MAX_TENTATIVI} volte, sempre con errori: correggerlo e ricaricarlo."
    )


def deposit(
    *,
    nome: str,
    content: bytes,
    formato: Formato,
    utenza: Utenza,
    now: datetime,
    id_dominio: str,
    id_tipo_pendenza: str | None = None,
) -> Tracciato:
    """Register the file of an ente that an operator of the installation has at hand, and put its bytes there.

    As one dropped in the bucket: in nobody's name, its rows may be of that ente only. The same file again is another.

    :raises Semantica: if dominio or tipo pendenza are not registered
    :raises TracciatoTroppoGrande:
    """
    _check(id_dominio, id_tipo_pendenza, utenza, content)
    impronta, plain = hashlib.sha256(content).hexdigest(), archivio.plain_name(nome)
    which = id_of(id_dominio, id_tipo_pendenza or "", formato, impronta, now.isoformat())
    tracciato = repository.save(
        Tracciato(
            id=which,
            nome=plain,
            formato=formato,
            stato=StatoTracciato.IN_ATTESA,
            caricato=now,
            aggiornato=now,
            originale=archivio.upload_key(id_dominio, which, plain),
            impronta=impronta,
            id_dominio=id_dominio,
            id_tipo_pendenza=id_tipo_pendenza,
            id_tracciato=plain,
            mittente=utenza.nome,
        )
    )
    documents.put(archivio.BUCKET, tracciato.originale, content, content_type=archivio.CONTENT_TYPES[formato])
    return tracciato


def _check(id_dominio: str | None, id_tipo_pendenza: str | None, utenza: Utenza, content: bytes) -> None:
    if id_dominio is not None:
        utenza.require_dominio(id_dominio)
        ente = anagrafica.dominio(id_dominio)
        if ente is None:
            raise Semantica(f"Il dominio {id_dominio[:35]} non è censito: controllare idDominio.")
        if id_tipo_pendenza is not None and id_tipo_pendenza not in ente.tipi:
            raise Semantica(
                f"Il tipo pendenza {id_tipo_pendenza[:35]} non è definito per il dominio {id_dominio}: associarlo."
            )
    if id_tipo_pendenza is not None:
        utenza.require_tipo_pendenza(id_tipo_pendenza)
    if len(content) > MAX_BYTES:
        raise TracciatoTroppoGrande(f"Il tracciato supera {MAX_BYTES // 1_048_576} MB: dividerlo in più tracciati.")


def _registered(tracciato: Tracciato) -> Tracciato:
    try:
        return repository.save(tracciato)
    except WriteConflict:
        known = repository.get(tracciato.id)
        if known is None:
            raise
        return known


def _is_to_be_tried_anew(tracciato: Tracciato) -> bool:
    return tracciato.stato in CONCLUSI and tracciato.stato is not StatoTracciato.ESEGUITO
