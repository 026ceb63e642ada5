"""`python -m infra.openapi`: write the documents that are served."""

import sys

from infra.openapi.scrittura import TARGET, texts


def main() -> None:
    TARGET.mkdir(exist_ok=True)
    for name, text in texts().items():
        (TARGET / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"{name}: {len(text) / 1000:.0f} kB\n")


main()
