"""What these routes share: the order of a list, and an answer that is too long for API Gateway."""

from collections.abc import Collection
from typing import Any

from chalicelib.aws import documents
from chalicelib.aws.documents import Bucket
from chalicelib.kernel.ids import new_uuid
from chalicelib.kernel.refusals import ParametroNonValido
from chalicelib.rest import json_text
from chalicelib.rest.operation import JSON, Answer, Call

# What a Lambda function may answer is 6 MB.
MAX_BYTES = 5_000_000
_SEE_OTHER = 303


def crescente(call: Call) -> bool:
    """Read the order.

    :raises ParametroNonValido: 100001, for any but that of the date
    """
    text = (call.text("ordinamento") or "+data").strip()
    # In a query string a + is read as a blank.
    if text.lstrip("+-") != "data":
        raise ParametroNonValido(f"ordinamento: è ammesso +data o -data, non {text[:64]!r}.")
    return not text.startswith("-")


def values_of(call: Call, name: str, admitted: Collection[str]) -> list[str]:
    """Read a query parameter that may be repeated, or have its values separated by commas.

    :raises ParametroNonValido: 100001, for any value but those admitted
    """
    values = [part.strip() for value in call.query.get(name, ()) for part in value.split(",") if part.strip()]
    if any(value not in admitted for value in values):
        raise ParametroNonValido(f"{name}: indicare uno o più fra {', '.join(admitted)}.")
    return values


def refuse_filters(call: Call, *names: str) -> None:
    """Refuse filters of the contract that a list does not have: what it left out would be believed to be there not.

    :raises ParametroNonValido: 100001
    """
    for name in names:
        if call.text(name) is not None:
            raise ParametroNonValido(f"{name}: questo elenco non si può filtrare così; toglierlo dalla richiesta.")


def whole(body: Any, *, content_type: str = JSON, file_name: str, status: int = 200) -> Answer:
    """Give an answer; where it is too long, the address, good for a minute, where it can be read."""
    text = (body if isinstance(body, str) else json_text.write(body)).encode()
    if len(text) <= MAX_BYTES:
        return Answer(body=body, content_type=content_type, status=status)
    key = f"risposte/{new_uuid()}"
    documents.put(Bucket.DOCUMENTI, key, text, content_type=content_type)
    url = documents.presigned_url(Bucket.DOCUMENTI, key, file_name=file_name)
    return Answer(status=_SEE_OTHER, headers={"Location": url})
