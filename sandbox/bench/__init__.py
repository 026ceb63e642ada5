"""What an operation costs: AWS calls, request units, CPU over the floor, cold import, paper, load. See docs/benchmarks.md."""
