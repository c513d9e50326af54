"""What the parts of the chaos test have to agree on."""

from harness.times import SECOND

LEASE_SECONDS = 2
#: Of each worker's pool; one more is for notices.
CONNECTIONS_MAX = 4
#: What is over and is bought piece by piece.
SYMBOLS = ("ESH6", "NQH6", "ES.c.0")
#: Asked for at its newest bars only.
LIVE_SYMBOL = "NQ.c.0"
#: How long before the end of the vendor's data a minute counts as still moving: the default for 1m.
SETTLING_NANOSECONDS = 60 * SECOND
#: Which of the server's connections are for notices.
LISTENS = "query LIKE '%pg_notify(%' AND pid <> pg_backend_pid()"
