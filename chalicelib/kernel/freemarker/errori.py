"""What goes wrong with a template: it cannot be read, or the data do not fill it."""


class ModelloNonValido(Exception):
    """The template is not one we run. `motivo` is Italian, and names the line."""

    def __init__(self, motivo: str, *, riga: int | None = None) -> None:
        self.motivo = motivo if riga is None else f"riga {riga}: {motivo}"
        super().__init__(self.motivo)


class ModelloFallito(Exception):
    """The template could not be filled with these data. `motivo` is Italian, and shows nothing of the data."""

    def __init__(self, motivo: str) -> None:
        self.motivo = motivo
        super().__init__(motivo)


class Mancante(ModelloFallito):
    """Something that the template names is not among the data: `!` and `??` answer it."""
