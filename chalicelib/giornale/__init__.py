"""The giornale degli eventi: every exchange, every move; fed by the edges."""
