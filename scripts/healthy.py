"""Owns the health check of Airflow's components through the API server; standard library only."""

import json
import sys
from http.client import HTTPException
from urllib.request import ProxyHandler, build_opener

COMPONENTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")
DIRECT = build_opener(ProxyHandler({}))


def read_statuses(url: str) -> dict[str, str | None]:
    """Return the status of each component; of none when the API server does not answer."""
    try:
        with DIRECT.open(f"{url}/api/v2/monitor/health", timeout=5) as answer:
            report = json.load(answer)
    except (OSError, ValueError, HTTPException):
        return {}
    return {name: (report.get(name) or {}).get("status") for name in COMPONENTS}


def is_healthy(url: str, names: tuple[str, ...] = COMPONENTS) -> bool:
    """Return whether all the components named are healthy."""
    current = read_statuses(url)
    return all(current.get(name) == "healthy" for name in names)


if __name__ == "__main__":
    address, *names = sys.argv[1:]
    sys.exit(not is_healthy(address, tuple(names) or COMPONENTS))
