"""Mail as mail programs write it, made by hand."""

# ruff: noqa: E501 (mail as it is written)

from email.message import EmailMessage

GENUINE = "mx.example.com; dkim=pass header.d=example.org; spf=pass smtp.mailfrom=ada@example.org"


def plain(
    text: str = "The stage drifts after an hour.",
    *,
    sender: str = "Ada Lovelace <ada@example.org>",
    subject: str = "Stage drifts",
    message_id: str = "<one@example.org>",
    to: str = "feedback@example.com",
    date: str = "Mon, 02 Mar 2026 09:58:00 +0000",
    **headers: str,
) -> bytes:
    """Return a plain mail; ``headers`` by name, with _ for -."""
    mail = EmailMessage()
    for name, value in {"From": sender, "To": to, "Subject": subject, "Message-ID": message_id, "Date": date}.items():
        if value:
            mail[name] = value
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes()


def with_files(*files: tuple[str, str, bytes], text: str = "See the files.", html: str = "") -> bytes:
    """Return a mail with files: (name, content type, content)."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ada@example.org", "feedback@example.com", "Files"
    mail["Message-ID"], mail["Date"] = "<files@example.org>", "Mon, 02 Mar 2026 09:58:00 +0000"
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    for name, kind, content in files:
        main, _, sub = kind.partition("/")
        mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return mail.as_bytes()


BOUNCE = b"""\
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.example.org>
To: feedback@example.com
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce@mx.example.org>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; nobody@example.org
Action: failed
Status: 5.1.1
--b--
"""

INVITATION_ANSWER = b"""\
From: ada@example.org
To: feedback@example.com
Subject: Accepted: Visit
Message-ID: <accepted@example.org>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="c"

--c
Content-Type: text/plain; charset=utf-8

Ada has accepted.
--c
Content-Type: text/calendar; charset=utf-8; method=REPLY

BEGIN:VCALENDAR
METHOD:REPLY
END:VCALENDAR
--c--
"""

OUTLOOK_HTML = """\
<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal{color:red}</style></head>
<body><div class="WordSection1"><p class="MsoNormal">Hello,<o:p></o:p></p>
<p class="MsoNormal">the stage drifts after an hour.<br>It is <b>annoying</b>.</p>
<p class="MsoNormal">&nbsp;</p>
<div style="border:none;border-top:solid #E1E1E1 1.0pt"><p class="MsoNormal"><b>From:</b> Support &lt;feedback@example.com&gt;<br>
<b>Sent:</b> Monday, March 2, 2026 9:00 AM<br><b>To:</b> Ada Lovelace<br><b>Subject:</b> Your question</p></div>
<p class="MsoNormal">What did you see?</p></div></body></html>
"""

GMAIL_HTML = """\
<div dir="ltr">It still drifts.<div><br></div><div>Ada</div></div><br>
<div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Mon, Mar 2, 2026 at 9:00 AM Support &lt;<a href="mailto:x">feedback@example.com</a>&gt; wrote:<br></div>
<blockquote class="gmail_quote" style="margin:0">What did you see?<script>alert(1)</script></blockquote></div>
"""
