"""On what a write insists of what is stored: If-Match and If-None-Match (RFC 9110, 13.1), as versions of the item."""

from dataclasses import dataclass
from typing import Self

from chalicelib.kernel.refusals import Refusal

_ANY = "*"


class PreconditionFailed(Refusal):
    """What is stored is not what the writer has read: 412."""

    codice = "412"


@dataclass(frozen=True, slots=True, kw_only=True)
class Precondition:
    """The versions that must be stored (`match`), or must not be (`none_match`); None asks nothing, `*` any version.

    It is checked against what a write is decided on, which that write then finds still stored, or does not happen.
    """

    match: frozenset[str] | None = None
    none_match: frozenset[str] | None = None

    @classmethod
    def of(cls, *, if_match: str | None, if_none_match: str | None) -> Self:
        """Read the two headers. A tag that is not one of ours, or is weak, matches nothing."""
        return cls(match=_versions(if_match), none_match=_versions(if_none_match))

    def check(self, versione: int | None) -> None:
        """Check the version that is stored, None where there is none.

        :raises PreconditionFailed: 412
        """
        if self.match is not None and not _is_among(versione, self.match):
            raise PreconditionFailed(
                "La risorsa non è più quella letta (If-Match): rileggerla, riportarvi la modifica e ripetere."
            )
        if self.none_match is not None and _is_among(versione, self.none_match):
            raise PreconditionFailed("La risorsa esiste già (If-None-Match): leggerla prima di modificarla.")


NESSUNA = Precondition()


def tag(versione: int, digest: str = "") -> str:
    """Make an ETag: the version says what a write replaces, the digest whether an answer is the same to the byte."""
    return f'"{versione}-{digest}"' if digest else f'"{versione}"'


def tags(header: str | None) -> frozenset[str]:
    """Read a list of tags as they are written; none where there is no header."""
    return frozenset(part.strip() for part in (header or "").split(",") if part.strip())


def _versions(header: str | None) -> frozenset[str] | None:
    if header is None:
        return None
    return frozenset(one if one == _ANY else _version_of(one) for one in tags(header))


def _version_of(text: str) -> str:
    is_strong = len(text) > 2 and text.startswith('"') and text.endswith('"')  # noqa: PLR2004 - two quotes
    return text[1:-1].partition("-")[0] if is_strong else ""


def _is_among(versione: int | None, versions: frozenset[str]) -> bool:
    return versione is not None and (_ANY in versions or str(versione) in versions)
