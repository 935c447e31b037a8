"""Words and phrases of service feedback that a general lexicon misses: written by hand, from no data set.

English comes on top of VADER and the linear model; German stands alone. All lower case, accents kept; ``*``
at the end takes any ending. Limits: no irony, no grammar beyond a German "nicht" before praise.
"""

COMPLAINTS_EN = (
    "still waiting", "still no", "still not", "still nothing", "still broken", "still hasn't",
    "still haven't", "no reply", "no response", "no answer", "no one answer*", "no one respond*",
    "nobody answer*", "never answered", "never replied", "never responded", "never got", "never received",
    "never arrived", "never again", "never works", "not working", "doesn't work", "does not work",
    "didn't work", "don't work", "stopped working", "won't start", "won't open", "won't load",
    "won't connect", "can't connect", "can't log in", "can't use", "unable to", "not able to", "on hold",
    "hung up", "hang up", "keeps crashing", "keeps failing", "crash*", "freez*", "error message",
    "error*", "out of order", "out of service", "out of stock", "waste of time", "waste of money",
    "money back", "want a refund", "need a refund", "refund*", "rip off", "ripped off", "overpriced",
    "too slow", "very slow", "so slow", "too long", "takes forever", "took forever", "taking forever",
    "for hours", "hours late", "hour late", "days late", "weeks late", "delay*", "cancelled", "canceled",
    "overdue", "missing", "lost my", "lost our", "lost all", "broke", "broken", "leak*", "defect*",
    "faulty", "damaged", "wrong", "unusable", "useless", "unreliable", "unacceptable", "unprofessional",
    "ridiculous", "worst", "horrible", "terrible", "awful", "poor", "rude", "a joke", "nightmare",
    "fix this", "fix it", "fix your", "please fix", "get it together", "do better", "not happy",
    "not impressed", "not acceptable", "not good enough", "not helpful", "no help", "no idea",
    "no explanation", "no apology", "without notice", "without warning", "without explanation", "fed up",
    "sick of", "tired of", "had enough", "how long", "how hard", "why can't", "why is it so",
    "why does it take", "what is going on", "what's going on", "are you kidding", "seriously",
    "switching to", "going back to", "look elsewhere", "stay away", "avoid", "do not buy", "don't buy",
    "third time", "second time", "yet again", "once again", "every time", "again and again", "stranded",
    "stuck", "not what i", "hard to", "too hard", "confus*", "complicated", "frustrat*", "disappoint*",
    "annoy*", "inaccurate", "noisy", "drift*", "contaminat*", "recalibrat*", "no longer works",
    "no longer supported",
)  # fmt: skip

PRAISE_EN = (
    "thank you", "thanks so much", "many thanks", "thx", "well done", "good job", "great job", "nice job",
    "good work", "great work", "nice work", "keep it up", "kudos", "shout out", "shoutout", "props to",
    "hats off", "works great", "works well", "works perfectly", "works like a charm", "works flawlessly",
    "easy to use", "highly recommend*", "would recommend", "recommend it", "no problems", "no issues",
    "no complaints", "can't complain", "without a problem", "without any problem*", "flawless*",
    "spot on", "top notch", "first class service", "second to none", "game changer", "life saver",
    "lifesaver", "time saver", "saved me", "saves me", "saved us", "saves us", "made my day",
    "made my week", "the best", "love it", "love this", "loving", "so helpful", "very helpful",
    "super helpful", "so quick", "quick response", "fast response", "quickly resolved", "fixed quickly",
    "appreciate*", "impressed", "pleasantly surprised", "exceeded", "worth it", "worth every", "reliable",
    "accurate", "intuitive", "seamless*", "delight*", "pleasure", "awesome", "amazing", "excellent",
    "fantastic", "wonderful", "rocks",
)  # fmt: skip

COMPLAINTS_DE = (
    "schlecht*", "schlimm*", "furchtbar*", "schrecklich*", "katastroph*", "unmöglich*", "unverschämt*",
    "frech*", "enttäusch*", "ärger*", "nerv*", "leider", "problem*", "fehler*", "störung*", "defekt*",
    "kaputt*", "ausgefallen", "ausfall*", "fällt aus", "fallen aus", "verspät*", "zu spät", "langsam*",
    "dauert ewig", "seit stunden", "seit tagen", "seit wochen", "wart* noch immer", "warte immer noch",
    "warten immer noch", "immer noch nicht", "noch immer nicht", "schon wieder", "keine antwort",
    "keine reaktion", "keine rückmeldung", "keine information*", "niemand", "funktioniert nicht",
    "geht nicht", "läuft nicht", "klappt nicht", "startet nicht", "nicht nutzbar", "unbrauchbar*",
    "nutzlos*", "abgestürzt", "stürzt ab", "absturz*", "umständlich*", "kompliziert*", "unfreundlich*",
    "unzuverlässig*", "unzumutbar*", "ungenau*", "undicht*", "teuer", "überteuert*", "abzocke",
    "saftladen", "scheiß*", "scheiss*", "mist", "nie wieder", "verschwendung", "zumutung", "skandal*",
    "chaos", "versagt", "versagen", "peinlich*", "lächerlich*", "beschwerde*", "streik*", "gesperrt",
    "überfüllt*", "dreckig*", "verdreckt*", "stinkt", "kritik*", "mangel*", "mängel*", "unpünktlich*",
    "fehlt", "fehlen", "nicht zufrieden", "verloren", "hass*", "wütend", "traurig", "sauer",
    "armutszeugnis",
)  # fmt: skip

PRAISE_DE = (
    "gut", "gute", "guter", "gutes", "guten", "super", "toll*", "klasse", "prima", "ausgezeichnet*",
    "hervorragend*", "großartig*", "wunderbar*", "perfekt*", "genial*", "spitze", "danke", "dankeschön",
    "vielen dank", "herzlichen dank", "besten dank", "hilfsbereit*", "zufrieden*", "begeister*",
    "empfehl*", "freu*", "gefällt", "liebe es", "zuverlässig*", "pünktlich*", "schnelle hilfe",
    "schnell und", "einfach zu bedienen", "benutzerfreundlich*", "lob", "respekt", "angenehm*", "bequem*",
    "praktisch*", "kompetent*", "läuft wieder", "funktioniert wieder", "top", "gelungen*",
)  # fmt: skip

BAD_EMOJI = "😡😠🤬👎😤😞😢😭🙁☹😩😫😖😣😒🙄😟💩🤮🤢💔😾😿"
GOOD_EMOJI = "😀😃😄😁😊🙂😍🥰😘👍👏🙌💪🎉🥳❤💖💚💙🧡💛💜😎🤩⭐🌟🙏💯✨😻"
