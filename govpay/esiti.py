"""How a command ends: its exit code, and what stops it."""

OK, DA_GUARDARE, USO, NEGATO, INTERROTTO = 0, 1, 2, 3, 130

SPIEGAZIONE = """codici di uscita:
  0  tutto bene
  1  fatto, ma c'è qualcosa da guardare (errori nel file, messaggi non rispediti, salute non buona)
  2  comando o valore sbagliato, o ciò che si cerca non esiste
  3  AWS non risponde, o le credenziali non bastano
  130  interrotto"""


class Fermato(Exception):
    """A command cannot go on. `str()` says why, in Italian; `codice` is the exit code."""

    def __init__(self, testo: str, codice: int = USO) -> None:
        super().__init__(testo)
        self.codice = codice
