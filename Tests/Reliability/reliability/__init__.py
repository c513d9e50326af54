"""Faults injected for real under a steady load, and what clients saw, what was lost, and what was bought twice."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "EndToEnd"))
