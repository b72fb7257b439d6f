"""The digits of RFC 6238, and which of them count."""

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.authenticator import SKEW, STEP, address, code_of, matching, step_of, written

SECRETS = {
    "sha1": b"12345678901234567890",
    "sha256": b"12345678901234567890123456789012",
    "sha512": b"1234567890123456789012345678901234567890123456789012345678901234",
}
#: RFC 6238, Appendix B: the time, and the eight digits by each digest.
VECTORS = [
    (59, "94287082", "46119246", "90693936"),
    (1111111109, "07081804", "68084774", "25091201"),
    (1111111111, "14050471", "67062674", "99943326"),
    (1234567890, "89005924", "91819424", "93441116"),
    (2000000000, "69279037", "90698825", "38618901"),
    (20000000000, "65353130", "77737706", "47863826"),
]
#: RFC 4226, Appendix D: six digits by counter.
COUNTED = [
    "755224",
    "287082",
    "359152",
    "969429",
    "338314",
    "254676",
    "287922",
    "162583",
    "399871",
    "520489",
]
KEY = SECRETS["sha1"]
NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)


@pytest.mark.parametrize("digest", SECRETS)
@pytest.mark.parametrize("at", range(len(VECTORS)))
def test_the_vectors_of_rfc_6238(digest: str, at: int) -> None:
    seconds, *codes = VECTORS[at]
    step = step_of(datetime.fromtimestamp(seconds, UTC))
    code = code_of(SECRETS[digest], step, digits=8, digest=digest)
    assert code == codes[[*SECRETS].index(digest)]


def test_the_vectors_of_rfc_4226() -> None:
    assert [code_of(KEY, step) for step in range(10)] == COUNTED


@given(st.integers(-5, 5), st.integers(0, STEP - 1))
def test_a_clock_may_be_one_step_off_and_no_more(off: int, seconds: int) -> None:
    moment = datetime.fromtimestamp(step_of(NOW) * STEP + seconds, UTC)
    step = step_of(moment) + off
    found = matching(KEY, code_of(KEY, step), moment, after=0)
    assert found == (step if abs(off) <= SKEW else None)


def test_no_code_is_right_again_nor_an_older_one() -> None:
    now = step_of(NOW)
    assert matching(KEY, code_of(KEY, now), NOW, after=now) is None
    assert matching(KEY, code_of(KEY, now - 1), NOW, after=now) is None
    assert matching(KEY, code_of(KEY, now + 1), NOW, after=now) == now + 1


def test_full_width_digits_and_spaces_are_as_good() -> None:
    code = code_of(KEY, step_of(NOW))
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
    for said in (f" {code[:3]} {code[3:]}\n", wide, f"{wide[:3]}　{wide[3:]}"):
        assert matching(KEY, said, NOW, after=0) == step_of(NOW)


@given(st.text(max_size=12))
def test_whatever_is_typed_is_no_code_but_the_code(said: str) -> None:
    codes = {code_of(KEY, step_of(NOW + timedelta(seconds=STEP * off))) for off in (-1, 0, 1)}
    assert (matching(KEY, said, NOW, after=0) is not None) == ("".join(said.split()) in codes)


def test_the_qr_code_says_what_apps_read() -> None:
    link = urlsplit(address(KEY, issuer="相伴后台", account="钱科长 & 二"))
    assert (link.scheme, link.netloc) == ("otpauth", "totp")
    told = parse_qs(link.query)
    padded = told["secret"][0] + "=" * (-len(told["secret"][0]) % 8)
    assert base64.b32decode(padded) == KEY
    assert told["issuer"] == ["相伴后台"]
    assert written(KEY) == told["secret"][0]
