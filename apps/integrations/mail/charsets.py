"""Bytes of a mail into text, whatever it says they are. Never raises."""

import codecs
import re

# Only encodings that mail is written in: Python's list also has ones that unpack, and ones that take quadratic time.
KNOWN = re.compile(
    r"utf-8|utf-16(-le|-be)?|ascii|iso8859-\d+|iso2022_(jp(_\w+)?|kr)|cp(125\d|437|850|852|866|874|932|949|950)|koi8-[rut]"
    r"|gb(2312|k|18030)|hz|big5(hkscs)?|euc_(jp|kr|jis_2004)|euc_jisx0213|shift_jis(_2004)?|johab|tis-620"
    r"|mac-(roman|cyrillic|latin2|greek|turkish)|ptcp154"
)


def decode(content: bytes, charset: str | None) -> str:
    """Return ``content`` as text: by ``charset`` where that fits, else UTF-8 where that fits, else Windows-1252.

    Latin-1 and ASCII are read as Windows-1252, as browsers do. NUL and halves of surrogates are left out.
    """
    for name in (_known(charset), "utf-8"):
        try:
            text = content.decode(name)
            break
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
    else:
        text = content.decode("cp1252", "replace")
    return "".join(one for one in text if one != "\0" and not "\ud800" <= one <= "\udfff") if _is_dirty(text) else text


def _known(charset: str | None) -> str:
    try:
        name = codecs.lookup((charset or "utf-8").strip(" '\"")[:40]).name
    except (LookupError, ValueError):
        return "utf-8"
    if not KNOWN.fullmatch(name):
        return "utf-8"
    return {"iso8859-1": "cp1252", "ascii": "utf-8"}.get(name, name)


def _is_dirty(text: str) -> bool:
    return "\0" in text or re.search("[\ud800-\udfff]", text) is not None
