"""Who the demo's company is: staff, teams, products, segments, policies, decisions. Data only.

Days are counted back from the day of loading.
"""

from typing import NamedTuple

from apps.accounts.models import Role
from apps.catalog.models import Visibility

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
    versions: dict[str, int]  # days since the release, oldest first
    instruments: tuple[str, ...]
    methods: tuple[str, ...]
    visibility: Visibility = Visibility.EVERYONE


class DecisionPlan(NamedTuple):
    tag: str  # slug
    days_ago: int
    state: str
    owner: str
    alignment: float = 1.0
    effort: str = ""


IMAGING, SOFTWARE, CLOUD, BENCH = TEAMS = ("Imaging", "Lab Software", "Sample Cloud", "Bench Automation")

STAFF = (
    StaffMember("administrator", "Dana Whitlock", {}, can_sign_in=True, is_administrator=True),
    StaffMember("manager", "Marta Solberg", dict.fromkeys(TEAMS, Role.MANAGER), can_sign_in=True),
    StaffMember("analyst", "Ravi Menon", dict.fromkeys(TEAMS, Role.ANALYST), can_sign_in=True),
    StaffMember("scientist", "Jonas Lehmann", {IMAGING: Role.SCIENTIST}, can_sign_in=True),
    StaffMember("sophie.marchand", "Sophie Marchand", {IMAGING: Role.SCIENTIST}),
    StaffMember("priya.raman", "Priya Raman", {SOFTWARE: Role.SCIENTIST}),
    StaffMember("tom.okafor", "Tom Okafor", {SOFTWARE: Role.SCIENTIST, IMAGING: Role.SCIENTIST}),
    StaffMember("lucia.ferrer", "Lucía Ferrer", {CLOUD: Role.MANAGER}),
    StaffMember("hana.sato", "Hana Sato", {CLOUD: Role.SCIENTIST}),
    StaffMember("erik.nyberg", "Erik Nyberg", {BENCH: Role.SCIENTIST}),
    StaffMember("amara.diallo", "Amara Diallo", {BENCH: Role.ANALYST, CLOUD: Role.ANALYST}),
)
ANALYST = "analyst"  # who tagged most
EXPERTS = {  # who gave importance, by product
    "aurora": "scientist",
    "lumen": "tom.okafor",
    "fathom": "priya.raman",
    "tracewell": "hana.sato",
    "halcyon": "erik.nyberg",
    "shop": "amara.diallo",
}

SEGMENTS = {
    "Strategic accounts": 3.0,
    "Core facilities": 2.0,
    "Industry": 1.5,
    "Academic labs": 1.0,
    "Evaluation": 0.5,
}
POLICIES: dict[str, dict[str, object]] = {  # what differs from the default
    IMAGING: {"half_life_days": 45},
    SOFTWARE: {"half_life_days": 21, "unhappy_weight": 1.0},
    CLOUD: {"half_life_days": 60, "counted": "organisations"},
    BENCH: {"half_life_days": 30, "min_voices": 5},
}

PRODUCTS = (
    ProductPlan(
        "aurora",
        "Aurora Confocal",
        IMAGING,
        "Confocal microscope for live cells, models C2 and C4.",
        "Your time at the Aurora microscope",
        "What went well, what did not, what you wish it could do.",
        {"3.0": 430, "3.1": 281, "3.2": 122},
        ("Aurora C2", "Aurora C4"),
        ("Live cell", "Tile scan", "Spectral", "Z stacks", "FRAP"),
    ),
    ProductPlan(
        "lumen",
        "Lumen Acquire",
        SOFTWARE,
        "Acquisition suite that drives microscopes, stages and cameras.",
        "How does Lumen Acquire treat you?",
        "What you tried to do, and what happened instead.",
        {"4.0": 402, "4.1": 212, "4.2": 46, "4.2.1": 19},
        ("Aurora C2", "Aurora C4", "Widefield stand", "Light sheet"),
        ("Multi-position", "Plate screening", "Time lapse", "Tile scan", "Live cell"),
    ),
    ProductPlan(
        "fathom",
        "Fathom",
        SOFTWARE,
        "Image analysis library for Python, with GPU.",
        "Tell us about Fathom",
        "Code, models, numbers, documentation: all of it.",
        {"1.8": 420, "2.0": 243, "2.1": 74},
        ("Workstation", "Cluster", "Laptop"),
        ("Segmentation", "Tracking", "Deconvolution", "Plate analysis"),
    ),
    ProductPlan(
        "tracewell",
        "Tracewell",
        CLOUD,
        "Sample tracking in the cloud: tubes, boxes, freezers, consents.",
        "Feedback on Tracewell",
        "From the label to the freezer and back.",
        {"R6": 410, "R7": 301, "R8": 189, "R9": 63},
        ("Web", "Tablet", "Scanner", "API"),
        ("Biobanking", "Storage", "Shipping", "Inventory"),
    ),
    ProductPlan(
        "halcyon",
        "Halcyon 96",
        BENCH,
        "Liquid handler with a 96 channel head and gripper.",
        "How was your run on the Halcyon?",
        "One run, good or bad, takes half a minute to tell.",
        {"2.3": 450, "2.4": 262, "3.0": 107},
        ("Halcyon 96", "Halcyon 96 HEPA"),
        ("Extraction", "Library prep", "ELISA", "Plate replication", "PCR setup"),
    ),
    ProductPlan(
        "shop",
        "Corvid Supplies",
        BENCH,
        "Our shop for reagents, plates and tips.",
        "Your order at Corvid Supplies",
        "Ordering, packing, shipping, and what was in the box.",
        {"Shop 5": 400, "Shop 6": 143},
        (),
        ("Framework contract", "Single order", "Standing order"),
        Visibility.TEAM,  # prices and contracts are told in it
    ),
)

DECISIONS = (
    DecisionPlan("tip-pick-up", 200, "in_progress", "erik.nyberg", 1.3, "large"),
    DecisionPlan("fan-noise", 150, "declined", "scientist", 0.75, "medium"),
    DecisionPlan("audit-trail", 130, "planned", "hana.sato", 1.4, "medium"),
    DecisionPlan("tip-pick-up", 104, "done", "erik.nyberg", 1.3, "large"),
    DecisionPlan("tile-stitching", 90, "planned", "tom.okafor", 1.1, "large"),
    DecisionPlan("file-export", 80, "in_progress", "priya.raman", 1.2, "medium"),
    DecisionPlan("laser-warm-up", 70, "investigating", "sophie.marchand", 0.9),
    DecisionPlan("search-and-filters", 60, "investigating", "hana.sato", 1.3),
    DecisionPlan("python-api", 55, "planned", "priya.raman", 1.1, "small"),
    DecisionPlan("hangs-on-stage-moves", 41, "investigating", "tom.okafor", 1.5),
    DecisionPlan("hangs-on-stage-moves", 33, "in_progress", "tom.okafor", 1.5, "medium"),
    DecisionPlan("search-and-filters", 30, "planned", "hana.sato", 1.3, "large"),
    DecisionPlan("stage-drift", 25, "investigating", "sophie.marchand", 1.2, "medium"),
    DecisionPlan("error-recovery", 22, "planned", "erik.nyberg", 1.0, "medium"),
    DecisionPlan("hangs-on-stage-moves", 18, "done", "tom.okafor", 1.5, "medium"),
    DecisionPlan("cold-chain", 14, "investigating", "amara.diallo"),
)
