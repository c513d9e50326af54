"""`/openapi.yaml` says what the worker does, no more and no less."""

import importlib.util
import os
import subprocess
import sys
import unittest

from harness import ADMIN_TOKEN, WorkerCase

_IS_INSTALLED = all(importlib.util.find_spec(name) for name in ("openapi_spec_validator", "schemathesis", "yaml"))
#: Checks that do not fit: parameters that exclude each other (`last`, `start`) cannot be described.
_EXCLUDED = "positive_data_acceptance"
_SECONDS = 240


@unittest.skipUnless(_IS_INSTALLED, "Tests/EndToEnd/requirements.txt is not installed")
class Description(WorkerCase, unittest.TestCase):
    """The description against a worker with the simulated market."""

    kind = "sqlite"
    environment = {
        "TAPEDECK_PROVIDER": "simulated",
        "TAPEDECK_TOKENS": "alpha=token-of-alpha",
        # Many requests from one client, none of which may take long.
        "TAPEDECK_CLIENT_RATE_MAX": "1000000",
        "TAPEDECK_CLIENT_BURST_MAX": "1000000",
        "TAPEDECK_RANGE_PERIODS_MAX": "5000",
        "TAPEDECK_ANSWER_BARS_MAX": "500",
        "TAPEDECK_LOG_LEVEL": "info",
    }

    def setUp(self):
        super().setUp()
        import yaml

        self.worker = self.start_worker()
        response = self.worker.get("/openapi.yaml")
        self.assertEqual((response.status, response.headers["content-type"]), (200, "application/yaml"))
        self.description = yaml.safe_load(response.body)

    def _operations(self):
        for path, item in self.description["paths"].items():
            for method, operation in item.items():
                yield method.upper(), path, operation

    def _resolved(self, item: dict) -> dict:
        reference = item.get("$ref")
        if not reference:
            return item
        found = self.description
        for key in reference.removeprefix("#/").split("/"):
            found = found[key]
        return found

    def test_it_is_valid(self):
        from openapi_spec_validator import validate

        validate(self.description)

    def test_it_has_the_routes_that_there_are(self):
        paths = self.worker.get("/nowhere").json["allowed"]
        self.assertEqual(sorted(self.description["paths"]), paths)
        for path in paths:
            with self.subTest(path=path):
                allowed = set(self.worker.request("PATCH", path).json["allowed"])
                described = {method for method, at, _ in self._operations() if at == path}
                self.assertEqual(described | ({"HEAD"} if "GET" in described else set()), allowed)

    def test_it_has_the_parameters_that_each_route_knows(self):
        for method, path, operation in self._operations():
            if path in ("/health", "/ready", "/metrics", "/openapi.yaml"):
                continue
            with self.subTest(path=path):
                response = self.worker.admin(method, path, colour="red")
                self.assertEqual(response.json["parameter"], "colour")
                parameters = [self._resolved(parameter) for parameter in operation.get("parameters", [])]
                described = [parameter["name"] for parameter in parameters if parameter["in"] == "query"]
                self.assertEqual(sorted(described), sorted(response.json.get("allowed", [])))

    def test_it_is_sent_once_to_who_keeps_it(self):
        tag = self.worker.get("/openapi.yaml").headers["etag"]
        again = self.worker.request("GET", "/openapi.yaml", headers={"If-None-Match": tag})
        self.assertEqual((again.status, again.body), (304, b""))

    def test_made_up_requests_are_answered_as_it_says(self):
        arguments = [
            "run", f"http://127.0.0.1:{self.worker.port}/openapi.yaml",
            "--header", f"Authorization: Bearer {ADMIN_TOKEN}",
            "--checks", "all", "--exclude-checks", _EXCLUDED, "--continue-on-failure", "--no-shrink",
            "--phases", "examples,coverage,fuzzing", "--max-examples", "25",
            "--seed", os.environ.get("TAPEDECK_TEST_SEED") or "1", "--request-timeout", "60",
            "--max-response-time", "60", "--warnings", "off", "--no-color",
        ]
        done = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", *arguments],
            cwd=self.worker.folder.name, capture_output=True, text=True, timeout=_SECONDS,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.worker.get("/health").status, 200)


if __name__ == "__main__":
    unittest.main()
