"""The benchmarks: each measures Tapedeck beside what it is compared with, and writes its result as JSON."""
