#!/bin/sh
# The DynamoDB of the tests of concurrency: dynoxide (MIT or Apache-2.0), compiled by cargo into .dynamodb the first time.
# Without cargo the tests are skipped, saying why. Which version, and why this one: docs/decisions/0021.
VERSION=3.2.0
[ -x .dynamodb/bin/dynoxide ] && exit 0
if ! command -v cargo >/dev/null; then
    echo "cargo (Rust) manca: le prove di concorrenza si saltano."
    exit 0
fi
echo "Compilazione di dynoxide $VERSION in .dynamodb (solo la prima volta, alcuni minuti)..."
cargo install --quiet --locked --no-track --root .dynamodb --version "=$VERSION" \
    --no-default-features --features native-sqlite,http-server,cli dynoxide-rs ||
    echo "cargo non ha compilato dynoxide: le prove di concorrenza si saltano."
