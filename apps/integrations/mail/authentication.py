"""Who a mail is proven to be from: what the receiving server wrote in Authentication-Results (RFC 8601). Pure.

Only the first of these headers by the server that the mailbox trusts counts: the others came with the mail. That server
must take out those that bear its name (RFC 8601, section 5); the README says so to whoever turns it on.
"""

import re
from typing import NamedTuple

from apps.integrations.mail.letter import Letter

LABELS = 2  # of a parent domain, at least: "com" signs for nobody
_METHOD = re.compile(r"\s{0,20}(dkim|spf|dmarc)\s{0,5}=\s{0,5}([a-z]+)\b", re.IGNORECASE)
_PROPERTY = re.compile(
    r"\b(header\.(?:d|i|from)|smtp\.(?:mailfrom|mail|from))\s{0,5}=\s{0,5}\"?([^\s;\"]{1,254})", re.IGNORECASE
)


class Result(NamedTuple):
    method: str  # dkim, spf, dmarc
    verdict: str  # pass, fail, …
    domains: dict[str, str]  # by property


def proof_of(letter: Letter, *, trusted_server: str) -> str:
    """Return what proves that the mail is of the domain of its From, "" where nothing does.

    DMARC passed for it; or DKIM or SPF passed for it, or for a domain that it is part of (RFC 7489, 3.1: aligned).
    """
    domain = letter.sender.domain
    if not trusted_server or not domain or not letter.is_sole_sender:
        return ""
    for result in results_by(letter, trusted_server):
        if result.verdict == "pass" and any(_is_aligned(domain, one, result.method) for one in result.domains.values()):
            return f"{result.method.upper()} {domain}"
    return ""


def results_by(letter: Letter, server: str) -> list[Result]:
    """Return what the trusted ``server`` found, of its first header alone."""
    for value in letter.headers.get("authentication-results", []):
        parts = _without_comments(value).split(";")
        if parts[0].strip().partition(" ")[0].lower() == server.lower():
            return [result for part in parts[1:] if (result := _result(part)) is not None]
    return []


def _result(part: str) -> Result | None:
    match = _METHOD.match(part)
    if match is None:
        return None
    method, verdict = match[1].lower(), match[2].lower()
    wanted = {"dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom", "smtp.mail"), "dmarc": ("header.from",)}[
        method
    ]
    found = {name.lower(): value for name, value in _PROPERTY.findall(part)}
    if "header.d" in found:
        found.pop("header.i", None)  # may name a part of it: the domain that signed is d
    domains = {name: found[name].rpartition("@")[2].lower().rstrip(".") for name in wanted if name in found}
    return Result(method, verdict, domains)


def _is_aligned(domain: str, proven: str, method: str) -> bool:
    if domain == proven:
        return True
    is_part = domain.endswith("." + proven) and proven.count(".") >= LABELS - 1
    return is_part and method != "dmarc"  # that one names the very domain


def _without_comments(value: str) -> str:
    """Return ``value`` without what stands in parentheses, and quoted texts: a sender's words may be in both."""
    kept, depth, is_quoted, is_escaped = [], 0, False, False
    for one in value:
        if is_escaped:
            is_escaped = False
        elif one == "\\":
            is_escaped = True
        elif one == '"' and not depth:
            is_quoted = not is_quoted
        elif one == "(" and not is_quoted:
            depth += 1
        elif one == ")" and depth and not is_quoted:
            depth -= 1
        elif not depth and not is_quoted:
            kept.append(one)
    return "".join(kept)
