"""Check digits of report numbers: ISO/IEC 7064, MOD 11,10."""


def with_check_digit(digits: str) -> str:
    """The digits with the one that makes a slip of the tongue visible."""
    product = 10
    for digit in digits:
        product = 2 * ((product + int(digit)) % 10 or 10) % 11
    return f"{digits}{(11 - product) % 10}"
