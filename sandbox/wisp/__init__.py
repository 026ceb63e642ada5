"""WISP: where the payer of a cart of RPT chooses the PSP and pays (SANP 2)."""
