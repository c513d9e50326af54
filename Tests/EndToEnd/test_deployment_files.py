"""The stack's files name metrics and settings that exist."""

import re
import subprocess
import unittest
from pathlib import Path

from harness.worker import binary

_TOP = Path(__file__).resolve().parents[2]
_METRIC = re.compile(r"\b(?:tapedeck|process)_[a-z_]+")
_SETTING = re.compile(r"\b(?:TAPEDECK_[A-Z_]+|DATABASE_URL(?:_FILE)?|DATABENTO_API_KEY(?:_FILE)?)\b")
#: What docker-compose.yml itself asks for, and what scripts take.
_NOT_SETTINGS = {"TAPEDECK_LISTEN", "TAPEDECK_TEST_BINARY"}


class DeploymentFiles(unittest.TestCase):
    """A dashboard with a misspelt metric shows nothing and says nothing: so this says it."""

    def test_dashboard_and_alerts_ask_for_metrics_that_are_documented(self):
        documented = set(_METRIC.findall((_TOP / "docs/operations.md").read_text()))
        for name in ("grafana/dashboards/tapedeck.json", "prometheus/alerts.yml"):
            with self.subTest(name):
                asked = set(_METRIC.findall((_TOP / "deploy" / name).read_text()))
                asked = {re.sub(r"_(bucket|sum|count)$", "", metric) for metric in asked}
                self.assertGreater(len(asked), 5)
                self.assertEqual(asked - documented, set())

    def test_all_files_of_the_stack_set_settings_that_there_are(self):
        helped = subprocess.run([str(binary()), "help", "serve"], capture_output=True, text=True, timeout=60).stdout
        known = set(_SETTING.findall(helped)) | _NOT_SETTINGS
        files = [_TOP / "docker-compose.yml", *(path for path in (_TOP / "deploy").rglob("*") if path.is_file())]
        for path in files:
            with self.subTest(path.name):
                self.assertEqual(set(_SETTING.findall(path.read_text())) - known, set())
