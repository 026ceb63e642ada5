"""Why a file is refused whole, and how big it may be."""

MAX_BYTES = 50 * 1024 * 1024
MAX_RIGHE = 100_000
MAX_RIGA = 262_144  # characters of one row


class TracciatoIllegibile(Exception):
    """The file cannot be read to its end: nothing of it is loaded. `motivo` is shown to who sent it."""

    def __init__(self, motivo: str, *, linea: int | None = None) -> None:
        self.motivo = motivo if linea is None else f"Riga {linea}: {motivo}"
        super().__init__(self.motivo)
