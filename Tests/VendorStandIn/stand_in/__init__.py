"""A stand-in for Databento's historical HTTP API, for tests. See ../README.md."""
