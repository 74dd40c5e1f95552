"""The properties of docker-compose.yml, as parsed by the real Compose without an engine."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import compose_setup
import pin_images
from newsmill.decisions import read_decisions

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = Path(sys.executable).parent / "docker-compose"
SECRETS = (
    "POSTGRES_PASSWORD",
    "AIRFLOW_ADMIN_PASSWORD",
    "AIRFLOW_API_AUTH_JWT_SECRET",
    "AIRFLOW_API_SECRET_KEY",
    "AIRFLOW_CORE_FERNET_KEY",
)


def run_compose(env_file: Path, *arguments: str) -> subprocess.CompletedProcess:
    command = [COMPOSE, "-f", ROOT / "docker-compose.yml", "--env-file", env_file, *arguments]
    return subprocess.run(command, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True)


@pytest.fixture
def env_file(tmp_path):
    """Set every secret to its own name, so that its use is visible."""
    path = tmp_path / "env"
    path.write_text("".join(f"{name}=the-{name}\n" for name in SECRETS))
    return path


@pytest.fixture
def services(env_file):
    answer = run_compose(env_file, "config", "--format", "json")
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)["services"]


def test_the_services_are_airflows_four_components_their_database_and_its_preparation(services):
    assert set(services) == {"postgres", "init", "api-server", "scheduler", "dag-processor", "triggerer"}


@pytest.mark.parametrize("missing", SECRETS)
def test_a_missing_or_empty_secret_stops_everything_and_is_named(env_file, missing):
    lines = env_file.read_text().splitlines()
    for replacement in ([], [f"{missing}="]):
        others = [line for line in lines if not line.startswith(missing)]
        env_file.write_text("\n".join(others + replacement))
        answer = run_compose(env_file, "config", "-q")
        assert answer.returncode != 0
        assert missing in answer.stderr and "make env" in answer.stderr


def test_the_example_names_every_secret_and_holds_none(env_file):
    example = (ROOT / ".env.example").read_text()
    assert set(re.findall(r"^([A-Z_]+)=$", example, re.M)) == set(SECRETS)
    assert run_compose(ROOT / ".env.example", "config", "-q").returncode != 0


def test_the_env_file_that_is_generated_satisfies_compose_and_is_private(tmp_path):
    path = tmp_path / ".env"
    compose_setup.write_env(path)
    assert run_compose(path, "config", "-q").returncode == 0
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_text()
    with pytest.raises(SystemExit):
        compose_setup.write_env(path)
    assert path.read_text() == before


def test_the_published_ports_are_on_loopback_only(services):
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert [(port["host_ip"], port["target"]) for port in ports] == [("127.0.0.1", 8080)]


def test_no_service_runs_as_root_or_may_become_it(services):
    for name, service in services.items():
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service.get("user", "")), name
        assert service["cap_drop"] == ["ALL"] and "no-new-privileges:true" in service["security_opt"], name
        assert service["read_only"] is True and not service.get("privileged") and not service.get("network_mode"), name


def test_every_secret_arrives_as_given_and_no_other_value_looks_like_one(services):
    allowed = re.compile(r"^(|the-[A-Z_]+|postgresql\+psycopg2://airflow:the-POSTGRES_PASSWORD@postgres/airflow)$")
    secretive = re.compile(r"PASSWORD$|SECRET|_KEY$|SQL_ALCHEMY_CONN")
    held = [
        (variable, value)
        for service in services.values()
        for variable, value in service.get("environment", {}).items()
        if secretive.search(variable)
    ]
    assert len(held) == 5 * 5 + 2
    assert {variable for variable, value in held if not value} == {"OPENLINEAGE_API_KEY"}, "one is optional"
    assert [pair for pair in held if not allowed.match(pair[1])] == []


def test_only_the_database_and_the_preparation_know_the_passwords_they_need(services):
    knows = {name for name, service in services.items() if "AIRFLOW_ADMIN_PASSWORD" in service.get("environment", {})}
    assert knows == {"init"}


def test_the_database_cannot_be_reached_from_outside_nor_reach_it(env_file, services):
    networks = json.loads(run_compose(env_file, "config", "--format", "json").stdout)["networks"]
    assert set(services["postgres"]["networks"]) == {"database"} and networks["database"]["internal"] is True


def test_everything_waits_for_what_it_needs_to_be_well(services):
    def conditions_of(name):
        return {other: need["condition"] for other, need in services[name].get("depends_on", {}).items()}

    assert conditions_of("init") == {"postgres": "service_healthy"}
    assert conditions_of("api-server") == {"init": "service_completed_successfully"}
    for name in ("scheduler", "dag-processor", "triggerer"):
        assert conditions_of(name) == {"api-server": "service_healthy"}


def test_every_service_that_stays_is_asked_how_it_is(services):
    asked = {name for name, service in services.items() if service.get("healthcheck", {}).get("test")}
    assert asked == set(services) - {"init"}


def test_all_state_is_in_named_volumes_and_what_is_the_hosts_can_only_be_read(services):
    mounts = [mount for service in services.values() for mount in service.get("volumes", [])]
    assert {mount["source"] for mount in mounts if mount["type"] == "volume"} == {"airflow", "newsmill", "postgres"}
    others = [mount for mount in mounts if mount["type"] != "volume"]
    assert others and all(mount["type"] == "bind" and mount["read_only"] is True for mount in others)


def host_paths(services: dict, name: str) -> dict[str, str]:
    """Return the host paths of a service by mount point."""
    return {mount["target"]: mount["source"] for mount in services[name]["volumes"] if mount["type"] == "bind"}


def test_without_any_setting_the_samples_and_their_list_are_read(services):
    seen = host_paths(services, "scheduler")
    assert seen == {
        "/app/dumps": str(ROOT / "samples"),
        "/etc/newsmill/sources.toml": str(ROOT / "include" / "newsmill" / "sources.toml"),
    }
    assert all(Path(source).exists() for source in seen.values())


def test_decisions_of_people_are_in_a_volume_that_tasks_may_write_and_are_kept(services, tmp_path):
    for name in ("init", "scheduler"):
        (volume,) = (mount for mount in services[name]["volumes"] if mount["target"] == "/var/lib/newsmill")
        assert not volume.get("read_only") and volume["source"] == "newsmill"
        assert services[name]["environment"]["NEWSMILL_DECISIONS"].startswith("/var/lib/newsmill/")
    path = tmp_path / "decisions.toml"
    compose_setup.make_decisions(path)
    assert read_decisions(path) == ((), ())
    path.write_text("# kept")
    compose_setup.make_decisions(path)
    assert path.read_text() == "# kept"


def test_the_dumps_of_a_user_and_their_list_reach_the_tasks(env_file, tmp_path):
    with env_file.open("a") as settings:
        settings.write(f"NEWSMILL_DUMPS={tmp_path}/dumps\nNEWSMILL_SOURCES=./my-sources.toml\n")
    configured = json.loads(run_compose(env_file, "config", "--format", "json").stdout)["services"]
    for name in ("scheduler", "dag-processor"):
        seen = host_paths(configured, name)
        assert seen["/app/dumps"] == f"{tmp_path}/dumps"
        assert seen[configured[name]["environment"]["NEWSMILL_SOURCES"]] == str(ROOT / "my-sources.toml")


def test_the_settings_of_alerts_and_soft_gates_reach_the_components_and_are_else_empty(env_file, services):
    message = '{"url": "https://hooks.example/x", "text": "{{ digest.subject }}\\n{{ digest.text }}"}'
    given = {"NEWSMILL_NOTIFIER_ARGS": message, "NEWSMILL_HOLD": "all", "NEWSMILL_DEADLINE_HOURS": "6"}
    given |= {"NEWSMILL_ARRIVAL": "all", "OPENLINEAGE_URL": "http://lineage.example"}
    given |= {"OPENLINEAGE_API_KEY": "key", "OTEL_EXPORTER_OTLP_HEADERS": "authorization=key"}
    with env_file.open("a") as settings:
        settings.writelines(f"{name}='{value}'\n" for name, value in given.items())
    configured = json.loads(run_compose(env_file, "config", "--format", "json").stdout)["services"]
    for name in ("scheduler", "dag-processor", "triggerer"):
        assert given.items() <= configured[name]["environment"].items(), name
        assert {services[name]["environment"][setting] for setting in given} == {""}


def test_the_example_lists_every_setting_that_has_a_default():
    named = re.findall(r"\$\{([A-Z_]+):-", (ROOT / "docker-compose.yml").read_text())
    assert set(named) == set(re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))


def test_the_image_is_built_from_files_that_are_sent_and_there_and_is_not_root():
    text = (ROOT / "Dockerfile").read_text()
    sent = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    copied = [name for names in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.M) for name in names.split() if name]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert {name.split("/")[0] for name in copied} == set(sent)
    assert re.findall(r"^USER (.+)$", text, re.M) == ["10001:10001"]


def test_the_image_and_the_services_run_as_the_same_user(services):
    user = re.findall(r"^USER (.+)$", (ROOT / "Dockerfile").read_text(), re.M)[-1]
    assert {service["user"] for name, service in services.items() if name != "postgres"} == {user}


def test_the_services_start_scripts_that_the_image_holds(services):
    words = [word for service in services.values() for word in service.get("command") or []]
    words += [word for service in services.values() for word in service.get("healthcheck", {}).get("test") or []]
    scripts = {word for word in words if word.startswith("/app/")}
    assert scripts and all((ROOT / script.removeprefix("/app/")).is_file() for script in scripts)


def test_every_service_has_limits_of_memory_and_processes(services):
    assert {int(service["mem_limit"]) >> 30 for service in services.values()} == {1, 6}
    assert {service["pids_limit"] for service in services.values()} == {1024}


def test_images_with_a_tag_are_pinned_again_and_one_built_here_is_not():
    first, second = (f"sha256:{digit * 64}" for digit in "ab")
    for name in pin_images.FILES:
        text = (ROOT / name).read_text(encoding="utf8")
        pinned = pin_images.pin_images(text, lambda image: first)
        assert pinned.count(first) == len(re.findall(r"^(?:FROM|    image:) .*:", text, re.MULTILINE)) > 0
        assert pin_images.pin_images(pinned, lambda image: second) == pinned.replace(first, second)
        assert "image: newsmill\n" in pinned or name == "Dockerfile"
