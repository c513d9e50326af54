"""A worker's metrics, read by Prometheus' own parser."""

from collections.abc import Iterator
from typing import Any

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families


class Metrics:
    """What `/metrics` said at one moment."""

    def __init__(self, worker, **headers: str):
        response = worker.request("GET", "/metrics", headers=headers)
        if response.status != 200:
            raise AssertionError(str(response))
        self.text = response.body.decode()
        #: By name; counters without `_total`.
        self.families: dict[str, Metric] = {}
        for family in text_string_to_metric_families(self.text):
            if family.name in self.families:
                raise AssertionError(f"{family.name} comes twice")
            self.families[family.name] = family

    def value(self, name: str, **labels: str) -> float:
        """A sample's value, 0 where there is none."""
        return next((s.value for s in self._samples() if s.name == name and s.labels == labels), 0)

    def sum(self, name: str, **labels: str) -> float:
        """The sum of the samples that have these labels among theirs."""
        return sum(s.value for s in self._samples() if s.name == name and labels.items() <= s.labels.items())

    def label_values(self, label: str) -> set[str]:
        """Every value of a label in any family."""
        return {s.labels[label] for s in self._samples() if label in s.labels}

    def labels(self) -> set[str]:
        """The names of all labels."""
        return {name for s in self._samples() for name in s.labels}

    def _samples(self) -> Iterator[Any]:
        for family in self.families.values():
            yield from family.samples
