"""Checkout: where a cart of notices is paid in the browser (SANP 3, POST /carts)."""
