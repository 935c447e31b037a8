"""Who the demo's company is: staff, teams, products, segments, taxonomy, rules, decisions. Data only.

Days are counted back from the day of loading.
"""

from typing import NamedTuple

from apps.accounts.models import Role

PASSWORD = "demo-demo-demo"  # noqa: S105 printed by `up` for everybody who may try the demo


class StaffMember(NamedTuple):
    key: str
    name: str
    roles: dict[str, Role]  # by team
    can_sign_in: bool = False
    is_administrator: bool = False

    @property
    def email(self) -> str:
        return f"{self.key}@demo.example"


class ProductPlan(NamedTuple):
    key: str
    name: str
    team: str
    description: str
    form_title: str
    form_intro: str
    versions: dict[str, int]  # days since the release


class TagPlan(NamedTuple):
    name: str
    description: str = ""
    team: str = ""  # "": its parent's, or a label that nobody owns
    children: tuple["TagPlan", ...] = ()


class RulePlan(NamedTuple):
    tag: str  # slug
    phrases: tuple[str, ...]
    exclusions: tuple[str, ...] = ()
    product: str = ""


class DecisionPlan(NamedTuple):
    tag: str  # slug
    days_ago: int
    state: str
    owner: str
    alignment: float = 1.0
    effort: str = ""


IMAGING, SEQUENCING, SOFTWARE = TEAMS = ("Imaging", "Sequencing", "Lab Software")

STAFF = (
    StaffMember("administrator", "Dana Whitlock", {}, can_sign_in=True, is_administrator=True),
    StaffMember("manager", "Marta Solberg", dict.fromkeys(TEAMS, Role.MANAGER), can_sign_in=True),
    StaffMember("analyst", "Ravi Menon", dict.fromkeys(TEAMS, Role.ANALYST), can_sign_in=True),
    StaffMember("scientist", "Jonas Lehmann", {IMAGING: Role.SCIENTIST}, can_sign_in=True),
    StaffMember("priya.raman", "Priya Raman", {SEQUENCING: Role.SCIENTIST}),
    StaffMember("tom.okafor", "Tom Okafor", {SOFTWARE: Role.SCIENTIST}),
)
ANALYST = "analyst"  # who tagged most
EXPERTS = {  # who gave importance, by product
    "aurora": "scientist",
    "vela": "scientist",
    "prisma": "scientist",
    "strand": "priya.raman",
    "benchbook": "tom.okafor",
}

SEGMENTS = {"Key accounts": 3.0, "Core facilities": 2.0, "Standard": 1.0, "Trials": 0.5}
ORGANISATIONS = {  # with their segments
    "Ashgrove Forensics": "Standard",
    "Brightwater Genomics": "Key accounts",
    "Calder Institute for Cancer Research": "Key accounts",
    "Delta Water Authority": "Standard",
    "Fjordlab": "Trials",
    "Hanami Plant Science Centre": "Standard",
    "Instituto Costa Verde": "Standard",
    "Kestrel Biologics": "Key accounts",
    "Lakeside Imaging Core": "Core facilities",
    "Mirador Pharma": "Key accounts",
    "Okanee College": "Trials",
    "Port Ames Public Health Laboratory": "Core facilities",
    "Quarry Semiconductor": "Standard",
    "Sable Materials": "Standard",
    "St Brendan's Hospital": "Core facilities",
    "Technische Hochschule Lindental": "Standard",
    "Tessaly Diagnostics": "Standard",
    "University of Nordholm": "Standard",
    "Universität Falkenried": "Standard",
    "Veldt Agricultural Research": "Standard",
}

PRODUCTS = (
    ProductPlan(
        "aurora",
        "Aurora Confocal",
        IMAGING,
        "Confocal microscope for live cells, models C2 and C4.",
        "Your time at the Aurora microscope",
        "What went well, what did not, what you wish it could do.",
        {"3.0": 210, "3.1": 98, "3.2": 53},
    ),
    ProductPlan(
        "vela",
        "Vela Light Sheet",
        IMAGING,
        "Light-sheet microscope for whole embryos and cleared tissue.",
        "Feedback on the Vela light sheet",
        "From mounting to fused volumes.",
        {"1.4": 190, "1.5": 63},
    ),
    ProductPlan(
        "prisma",
        "Prisma Raman",
        IMAGING,
        "Raman microscope with mapping, models R1 and R2.",
        "Feedback on the Prisma Raman microscope",
        "Spectra, maps, calibration, libraries.",
        {"2.0": 240, "2.1": 60},
    ),
    ProductPlan(
        "strand",
        "Strand 200 Sequencer",
        SEQUENCING,
        "Bench-top DNA sequencer with two lanes.",
        "How was your run on the Strand 200?",
        "One run, good or bad, takes half a minute to tell.",
        {"5.0": 260, "5.1": 97, "5.2": 25},
    ),
    ProductPlan(
        "benchbook",
        "Benchbook",
        SOFTWARE,
        "Electronic laboratory notebook and image server.",
        "Tell us about Benchbook",
        "What you tried to do, and what happened instead.",
        {"2.8": 300, "2.9": 112, "3.0": 60},
    ),
)

TAXONOMY = (
    TagPlan(
        "Microscopes",
        "Aurora and Vela: mechanics, optics, noise.",
        IMAGING,
        (
            TagPlan("Stage drift", "The sample moves although nobody asked it to."),
            TagPlan("Autofocus", "Wrong plane, no plane, too slow."),
            TagPlan("Laser warm-up", "Time until the power is constant."),
            TagPlan("Fan noise", "Loudness of the laser box."),
            TagPlan("Tile stitching", "Seams, shadows and shifts in mosaics and fused volumes."),
            TagPlan("Sample holders", "Inserts, chambers, capillaries."),
        ),
    ),
    TagPlan(
        "Raman",
        "Prisma: spectra and maps.",
        IMAGING,
        (
            TagPlan("Calibration", "Wavelength and intensity calibration that fails or does not last."),
            TagPlan("Fluorescence background", "Glow that hides the spectrum."),
        ),
    ),
    TagPlan(
        "Runs and reagents",
        "Strand: from the sample sheet to the report.",
        SEQUENCING,
        (
            TagPlan("Run aborts", "Runs that end before their time."),
            TagPlan("Flow cell loading", "Bubbles, density, cartridges."),
            TagPlan("Sample sheets", "Rejected or misread sheets and barcodes."),
            TagPlan("Reagent kits", "Shelf life, sizes, lots."),
            TagPlan("Packaging", "What arrives torn, warm or leaking."),
            TagPlan("Run reports", "What is told about a run, and when."),
        ),
    ),
    TagPlan(
        "Notebook",
        "Benchbook: entries, files, accounts.",
        SOFTWARE,
        (
            TagPlan("Large files", "Opening, copying and sharing big images."),
            TagPlan("Data export", "Getting data out complete and readable."),
            TagPlan("Sign-in and licences", "Seats, dongles, passwords, sessions."),
            TagPlan("Audit trail", "Who changed what, for inspectors."),
            TagPlan("Python API", "Reading and writing by program."),
            TagPlan("Search", "Finding what was written."),
        ),
    ),
    TagPlan(
        "Service",
        "Everything around the products.",
        "",
        (
            TagPlan("Response time", "How long a visit, a part or an answer took."),
            TagPlan("Training", "Courses and introductions."),
            TagPlan("Delivery", "Packing and shipping."),
            TagPlan("Documentation", "Manuals, help pages, protocols.", SOFTWARE),
        ),
    ),
    TagPlan("Praise", "What people like: tell the team."),
)

RULES = (
    RulePlan("stage-drift", ("stage drift*", "drifts", "drifted", "drifting", "driftet"), product="aurora"),
    RulePlan("laser-warm-up", ("warm-up", "warm up"), ("after warm-up",), "aurora"),
    RulePlan("run-aborts", ("aborted", "run abort*", "lauf abgebrochen"), product="strand"),
    RulePlan("sample-sheets", ("sample sheet*",), product="strand"),
    RulePlan("sign-in-and-licences", ("licence*", "license*", "dongle*", "log in"), product="benchbook"),
    RulePlan("data-export", ("export", "exports"), product="benchbook"),
    RulePlan("python-api", ("python",)),
    RulePlan("praise", ("thank you", "danke"), ("no thank you",)),
)

DECISIONS = (
    DecisionPlan("large-files", 100, "in_progress", "tom.okafor", 1.2, "large"),
    DecisionPlan("fan-noise", 70, "declined", "scientist", 0.7, "medium"),
    DecisionPlan("large-files", 58, "done", "tom.okafor", 1.2, "large"),
    DecisionPlan("audit-trail", 40, "planned", "tom.okafor", 1.5, "medium"),
    DecisionPlan("run-aborts", 19, "investigating", "priya.raman", 1.3),
    DecisionPlan("sample-sheets", 16, "planned", "priya.raman", 1.0, "small"),
    DecisionPlan("stage-drift", 10, "investigating", "scientist"),
)
