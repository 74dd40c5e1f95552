"""Addresses lose secrets and nothing else: a page has one address for all secrets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsmill.cleaning.clean import canonicalize_url
from newsmill.url_secrets import MASK, mask_url

WORD = st.text("abcXYZ019_-", min_size=3, max_size=12)
NAMES = (
    "token",
    "access_token",
    "accessToken",
    "id-token",
    "api_key",
    "apikey",
    "API-Key",
    "client_secret",
    "password",
    "passwd",
    "pwd",
    "sig",
    "signature",
    "X-Amz-Signature",
    "X-Amz-Credential",
    "X-Amz-Security-Token",
    "jwt",
    "auth",
    "authorization",
    "AWSAccessKeyId",
    "access_key",
    "hmac",
    "PHPSESSID",
    "jsessionid",
    "session_id",
    "to%6Ben",
)


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("https://ada:s3cret@gull.example/a?page=2", "https://gull.example/a?page=2"),
        ("https://s3cret@gull.example/a", "https://gull.example/a"),
        ("//ada:s3@cret@gull.example/a", "//gull.example/a"),
        ("https://gull.example/a?token=s3cret&page=2#top", "https://gull.example/a?token=REDACTED&page=2#top"),
        ("https://gull.example/a;jsessionid=s3cret?x=1", "https://gull.example/a;jsessionid=REDACTED?x=1"),
        ("https://gull.example/a?x=1;sig=s3cret", "https://gull.example/a?x=1;sig=REDACTED"),
        ("https://gull.example/#access_token=s3cret&state=x", "https://gull.example/#access_token=REDACTED&state=x"),
        ("ftp://ada:s3cret@gull.example/a", "ftp://gull.example/a"),
    ],
)
def test_user_password_and_secret_parameters_are_masked(address, masked):
    assert mask_url(address) == masked and mask_url(masked) == masked


@pytest.mark.parametrize("name", NAMES)
def test_names_that_carry_secrets_are_known_in_any_spelling(name):
    assert mask_url(f"https://gull.example/a?n=1&{name}=s3cret") == f"https://gull.example/a?n=1&{name}={MASK}"


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "https://gull.example/a?id=7&key=12&session=2024&sid=3&author=ada&q=%20x%2B&empty=&sig",
        "id-17",
        "https://gull.example/@ada/story?s=a@b",
        "mailto:ada@gull.example",
        "https://gull.example/a?token=",
        "https://gull.example/%zz?a=%zz&&b",
        "urn:uuid:7?=",
    ],
)
def test_all_else_stays_as_it_is_written(address):
    assert mask_url(address) == address


@given(secrets=st.tuples(WORD, WORD), name=st.sampled_from(NAMES), page=st.integers(0, 99))
def test_a_page_has_one_identity_whichever_secret_its_address_held(secrets, name, page):
    one, other = (f"https://ada:{secret}@www.gull.example/a?n={page}&{name}={secret}#top" for secret in secrets)
    assert canonicalize_url(mask_url(one)) == canonicalize_url(mask_url(other))
    assert canonicalize_url(mask_url(one)) != canonicalize_url(mask_url(one.replace(f"n={page}&", f"n={page + 1}&")))


@given(st.text(max_size=80))
def test_any_text_is_masked_once_and_for_all(text):
    assert mask_url(mask_url(text)) == mask_url(text)
