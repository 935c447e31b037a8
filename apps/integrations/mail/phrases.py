"""What mail programs write around the words of a person, in the languages they are used in. Data for ``quoting``."""

# ruff: noqa: RUF001 (other scripts have letters that look like ours)

import re


def _any(words: str) -> str:
    """Return a pattern of alternatives, written over several lines."""
    return "(?:" + "|".join(one.strip() for line in words.strip().splitlines() for one in line.split("|")) + ")"


_ORIGINAL = _any("""
    original message|original appointment|ursprüngliche nachricht|originalnachricht|weitergeleitete nachricht
    forwarded message|forwarded by|message d'origine|message d’origine|message original|message transféré
    mensaje original|mensaje reenviado|messaggio originale|messaggio inoltrato|oorspronkelijk bericht
    doorgestuurd bericht|mensagem original|mensagem encaminhada|ursprungligt meddelande|oprindelig meddelelse
    opprinnelig melding|alkuperäinen viesti|oryginalna wiadomość|wiadomość oryginalna|původní zpráva
    исходное сообщение|пересылаемое сообщение|原始邮件|原始郵件|元のメッセージ|원본 메시지|الرسالة الأصلية
""")
DIVIDER = re.compile(rf"[-_*\s]{{0,40}}{_ORIGINAL}[^a-zà-ÿ\n]{{0,80}}", re.IGNORECASE)
BEGIN_FORWARD = re.compile(
    _any("""
    begin forwarded message|anfang der weitergeleiteten nachricht|début du message (?:réexpédié|transféré)
    inicio del mensaje reenviado|inizio messaggio inoltrato|begin doorgestuurd bericht
    """)
    + r"\s?:",
    re.IGNORECASE,
)
FORWARDED = re.compile(
    r"[-\s]{0,40}"
    + _any("""
    forwarded message|weitergeleitete nachricht|message transféré|mensaje reenviado|messaggio inoltrato
    doorgestuurd bericht|mensagem encaminhada|пересылаемое сообщение
    """)
    + r"\b",
    re.IGNORECASE,
)
FORWARD_SUBJECT = re.compile(r"(?:fwd?|wg|tr|rv|enc|i|vs|vb|doorst|転送|转发)\s?[:：]", re.IGNORECASE)
REPLY_SUBJECT = re.compile(r"(?:re|aw|antw|sv|rép|res|odp|vá|回复|答复|返信)(?:\s?\[\d+\])?\s?[:：]", re.IGNORECASE)
# "On Mon, 2 Mar 2026 at 10:00, Ada <ada@…> wrote:" and its like: begins so, ends so, maybe over three lines.
WROTE_FIRST = re.compile(
    r"(?:on|am|le|el|il|op|em|den|dne|dnia|w dniu|a|på|mån|tor|fre|ons|tis|lør|man|20\d\d|\d{1,2}[./])[\s\d.,]",
    re.IGNORECASE,
)
WROTE_LAST = re.compile(
    _any("""
    wrote|writes|schrieb|geschrieben|a écrit|escribió|ha scritto|scrisse|schreef|escreveu|skrev|kirjoitti
    napisał(?:\\(?a?\\)?)?|napsal(?:\\(?a?\\)?)?|написал\\(?а?\\)?|пишет|写道|寫道|のメール|작성
    """)
    + r"[^:：]{0,120}[:：]\s?$",
    re.IGNORECASE,
)
# Some write no verb: a day, an hour, an address, a colon.
DATED_ADDRESS = re.compile(r"\d{4}.{1,40}\d{1,2}:\d{2}.{0,150}<[^<>@\s]{1,64}@[^<>\s]{1,190}>\s?[:：]")
FROM = re.compile(
    r"[>*\s]{0,6}"
    + _any("from|von|de|da|van|fra|från|od|lähettäjä|от|发件人|寄件者|差出人|보낸 사람|من")
    + r"\s?\*{0,2}\s?[:：]",
    re.IGNORECASE,
)
OTHER_HEADER = re.compile(
    r"[>*\s]{0,6}"
    + _any("""
    sent|date|to|cc|subject|reply-to|gesendet|datum|an|betreff|envoyé|à|objet|enviado|fecha|para|asunto|inviato
    data|a|oggetto|verzonden|aan|onderwerp|assunto|sendt|til|emne|skickat|till|ämne|lähetetty|aihe|wysłano|do
    temat|odesláno|komu|předmět|отправлено|дата|кому|тема|发送时间|收件人|主题|寄件日期|收件者|主旨|送信日時
    宛先|件名
    """)
    + r"\s?\*{0,2}\s?[:：]",
    re.IGNORECASE,
)
UNDERLINE = re.compile(r"\s?[_\-]{20,}\s?")
QUOTED = re.compile(r"\s?>")
CONTACT = re.compile(r"@|\d{1,2}[:.]\d{2}|\d{4}")
SIGNATURE_LINE = re.compile(r"(?:--|—|__)\s?")
DEVICE = re.compile(
    _any("""
    sent (?:from|with|via)\\s|get outlook for\\s|von meinem .{1,40} gesendet|gesendet (?:von|mit)\\s
    diese nachricht wurde von meinem\\s|envoyé (?:de|depuis)\\s|enviado (?:desde|do|de)\\s|inviato da
    verzonden (?:vanaf|met|via)\\s|verstuurd vanaf\\s|skickat från\\s|sendt fra\\s|lähetetty\\s|wysłane z\\s
    odesláno z\\s|отправлено (?:с|из)\\s|发自我的|iPhoneから送信
    """),
    re.IGNORECASE,
)
REGARDS = re.compile(
    _any("""
    (?:(?:with )?(?:best|kind|warm|many) )?(?:regards|wishes)|cheers|sincerely(?: yours)?
    yours (?:sincerely|faithfully|truly)|thanks(?: and regards)?|thank you|many thanks|all the best|best
    (?:mit )?(?:freundlichen?|besten?|vielen?|herzlichen?|liebe[nr]?|schönen?) (?:grüßen?|grüssen?|gruß|gruss|dank)
    mfg|vg|lg|gruß|grüße|(?:bien )?cordialement|bien à vous|salutations(?: distinguées)?|cordiali saluti
    distinti saluti|saludos(?: cordiales)?|un saludo|atentamente|(?:met )?vriendelijke groet(?:en)?
    atenciosamente|med vänliga hälsningar|med venlig hilsen|med vennlig hilsen|s pozdravem|pozdrawiam
    """)
    + r"\s?[,.!]?\s?",
    re.IGNORECASE,
)
