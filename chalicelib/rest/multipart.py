"""The file of a multipart/form-data body."""

from chalicelib.kernel.refusals import FieldError, Sintassi


def is_multipart(content_type: str) -> bool:
    return content_type.lower().startswith("multipart/")


def read_file(body: bytes, content_type: str) -> tuple[str, bytes]:
    """Give name and content of the first part that is a file.

    :raises Sintassi: without any
    """
    from email.parser import BytesParser
    from email.policy import HTTP

    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    for part in message.walk():
        nome = part.get_filename()
        if nome:
            content = part.get_payload(decode=True)
            return nome, content if isinstance(content, bytes) else b""
    raise Sintassi([FieldError("file", "manca una parte con filename nel corpo multipart/form-data")])
