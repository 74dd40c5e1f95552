"""The users of Airflow's pages: names and roles from a setting, passwords made once and kept private."""

import json

import pytest

import airflow_home


@pytest.fixture
def passwords(tmp_path, monkeypatch):
    """Return the file of passwords, in a folder of its own."""
    monkeypatch.setattr(airflow_home, "PASSWORDS", tmp_path / ".secrets" / "passwords.json")
    return airflow_home.PASSWORDS


def test_without_a_setting_there_is_one_admin():
    assert airflow_home.read_users() == {"admin": "admin"}


def test_airflow_gets_the_users_of_the_setting(monkeypatch, tmp_path):
    monkeypatch.setattr(airflow_home, "HOME", tmp_path / ".airflow")
    monkeypatch.setattr(airflow_home, "KEYS", tmp_path / ".secrets" / "airflow.json")
    monkeypatch.setenv("NEWSMILL_USERS", "ann:admin, ben@press.example:viewer")
    assert (
        airflow_home.environment()["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"] == "ann:admin,ben@press.example:viewer"
    )
    assert (tmp_path / ".airflow").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "given", ["ann", "ann:boss", ":admin", "ann:admin,", "ann:admin:team", "a b:user", "ann:Admin"]
)
def test_users_that_cannot_be_read_are_refused_with_an_example(monkeypatch, given):
    monkeypatch.setenv("NEWSMILL_USERS", given)
    with pytest.raises(airflow_home.WrongUsers, match="such as ann:admin,ben:viewer"):
        airflow_home.read_users()


def test_a_new_user_gets_a_password_and_the_others_keep_theirs_in_a_private_file(passwords, monkeypatch):
    first = airflow_home.ensure_passwords()
    assert set(first) == {"admin"} and airflow_home.ensure_passwords() == {}
    monkeypatch.setenv("NEWSMILL_USERS", "admin:admin,ben:viewer,cara:op")
    new = airflow_home.ensure_passwords()
    assert set(new) == {"ben", "cara"} and len({*first.values(), *new.values()}) == 3
    assert json.loads(passwords.read_text()) == first | new
    assert passwords.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in passwords.parent.iterdir()] == ["passwords.json"]
