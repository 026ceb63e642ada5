"""In whose name a command acts: AWS lets in who may, so to GovPay it is an operator of all domini."""

import getpass

from chalicelib.kernel.utenze import SERVIZI_ACL, TUTTI, Diritto, TipoUtenza, Utenza


def operatore() -> Utenza:
    """Give the operator of this command, under the name that the records keep: `cli:<user>`."""
    nome = f"cli:{getpass.getuser()}"
    diritti = frozenset(Diritto)
    return Utenza(
        principal=nome,
        tipo=TipoUtenza.OPERATORE,
        nome=nome,
        domini=TUTTI,
        tipi_pendenza=TUTTI,
        acl=dict.fromkeys(SERVIZI_ACL, diritti),
    )
