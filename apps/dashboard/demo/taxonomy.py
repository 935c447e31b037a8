"""The demo's 80 tags and the keyword rules on them. Data only."""

from typing import NamedTuple

from apps.dashboard.demo.company import BENCH, CLOUD, IMAGING, SOFTWARE


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


def _tags(**descriptions: str) -> tuple[TagPlan, ...]:
    """Return leaves named by their key, ``_`` for a blank, in sentence case."""
    return tuple(TagPlan(name.replace("_", " "), text) for name, text in descriptions.items())


TAXONOMY = (
    TagPlan(
        "Aurora mechanics",
        "Stage, focus, holders, chamber.",
        IMAGING,
        _tags(
            Stage_drift="The sample moves although nobody asked it to.",
            Autofocus="Wrong plane, no plane, too slow.",
            Sample_holders="Inserts, carriers, dishes.",
            Incubation="Temperature, gas and humidity in the chamber.",
        ),
    ),
    TagPlan(
        "Aurora optics",
        "Light on its way to the sample and back.",
        IMAGING,
        (
            TagPlan("Laser warm-up", "Time until the power is constant."),
            *_tags(
                Objectives="Lenses, turret, correction collar, immersion.",
                Detectors="Noise, sensitivity, overload.",
            ),
        ),
    ),
    TagPlan(
        "Aurora images",
        "What comes out.",
        IMAGING,
        _tags(
            Tile_stitching="Seams, shadows and shifts in mosaics.",
            Photobleaching="Too much light for sample or dye.",
            Spectral_unmixing="Separating dyes and autofluorescence.",
        ),
    ),
    TagPlan(
        "Aurora in the room",
        "Living with the instrument.",
        IMAGING,
        _tags(
            Fan_noise="Loudness of the laser box.",
            Service_visits="How long a visit took, and what it brought.",
            Microscope_training="Courses and introductions.",
        ),
    ),
    TagPlan(
        "Running experiments",
        "Lumen Acquire at work.",
        SOFTWARE,
        _tags(
            Hangs_on_stage_moves="The program freezes while the stage moves.",
            Crashes="It ends without being asked to.",
            Experiment_setup="From the idea to the start button.",
            Live_view="The image before the image.",
            Macros="Recording, scripting, automation.",
        ),
    ),
    TagPlan(
        "Files and formats",
        "What is written, and how it gets out.",
        SOFTWARE,
        _tags(
            Memory_and_disk="Running full, writing slowly.",
            File_export="Other formats, other programs.",
            Metadata="What the file knows of its making.",
        ),
    ),
    TagPlan(
        "Analysis",
        "Fathom: from pixels to numbers.",
        SOFTWARE,
        (
            TagPlan("Segmentation", "Finding cells and nuclei."),
            TagPlan("Python API", "Reading and measuring by program."),
            TagPlan("GPU speed", "Memory and pace on graphics cards."),
            *_tags(
                Documentation="Manuals, tutorials, examples.",
                Plots_and_figures="Figures for papers.",
                Reproducibility="The same numbers again.",
            ),
        ),
    ),
    TagPlan(
        "Setting up",
        "Licences, updates, layout.",
        SOFTWARE,
        _tags(
            Licences_and_dongles="Seats, dongles, activation.",
            Installing_updates="Getting from one version to the next.",
            Layout_and_shortcuts="Windows, icons, keys.",
        ),
    ),
    TagPlan(
        "Finding samples",
        "Where is my tube?",
        CLOUD,
        _tags(
            Search_and_filters="Finding one tube among many.",
            Freezer_maps="Boxes, racks, positions.",
            Mobile_app="At the freezer, with gloves.",
        ),
    ),
    TagPlan(
        "Getting samples in",
        "Labels and lists.",
        CLOUD,
        _tags(Barcode_labels="Printing, sticking, scanning.", Bulk_import="Spreadsheets into Tracewell."),
    ),
    TagPlan(
        "Compliance",
        "For inspectors and ethics boards.",
        CLOUD,
        _tags(
            Audit_trail="Who changed what, and why.",
            Chain_of_custody="Hand-overs, consent, aliquots.",
            Permissions="Who may see, move, delete.",
        ),
    ),
    TagPlan(
        "Running Tracewell",
        "Access, integrations, price.",
        CLOUD,
        (
            TagPlan("Sign-in", "Accounts, single sign-on, sessions."),
            TagPlan("REST API", "Programs that talk to Tracewell."),
            *_tags(
                Outages_and_speed="Down, or slow everywhere.",
                Reminders="Mails about expiry and storage.",
                Pricing_and_seats="What it costs, and for whom.",
            ),
        ),
    ),
    TagPlan(
        "Pipetting",
        "Halcyon: liquids.",
        BENCH,
        (
            TagPlan("Tip pick-up", "Tips missed, lost or stuck."),
            *_tags(
                Pipetting_accuracy="Volumes and their spread.", Drips_and_carry_over="Liquid where it should not be."
            ),
        ),
    ),
    TagPlan(
        "Robot and deck",
        "Halcyon: everything that moves.",
        BENCH,
        _tags(
            Protocol_editor="Writing and simulating protocols.",
            Deck_layout="Positions, labware, adapters.",
            Robot_calibration="Teaching it where things are.",
            Error_recovery="After something went wrong.",
            Plate_gripper="Carrying plates and lids.",
        ),
    ),
    TagPlan(
        "Orders",
        "Corvid Supplies: from the basket to the invoice.",
        BENCH,
        _tags(
            Delivery_times="Promised and real.",
            Ordering_and_quotes="Shop, quotes, approvals.",
            Stock_outs="Not available, discontinued.",
            Invoices="Right, wrong, late.",
        ),
    ),
    TagPlan(
        "Goods",
        "Corvid Supplies: what is in the box.",
        BENCH,
        _tags(
            Cold_chain="Arrived warm.",
            Packaging="Boxes, bottles, styrofoam.",
            Lot_variation="This lot is not the last one.",
        ),
    ),
    *_tags(
        Praise="What people like: tell the team.",
        Question="Wants an answer.",
        Wish="Asks for something new.",
        Workaround="Somebody found a way round.",
        Deadline="Time presses.",
        Regulated_work="GMP, inspections, validation.",
    ),
)

RULES = (
    RulePlan(
        "hangs-on-stage-moves",
        (
            "stage move*",
            "stage hang*",
            "waiting for stage",
            "stage controller timeout",
            "tischbewegung*",
            "warte auf tisch",
        ),
        ("microscope for sale",),
        "lumen",
    ),
    RulePlan(
        "stage-drift", ("stage drift*", "drifts", "drift over", "drift compensation", "driftet"), product="aurora"
    ),
    RulePlan("laser-warm-up", ("warm-up", "warm up"), (), "aurora"),
    RulePlan("fan-noise", ("fan noise", "the fan", "lüfter*"), product="aurora"),
    RulePlan("autofocus", ("autofocus", "autofokus"), product="aurora"),
    RulePlan("crashes", ("crash*", "absturz", "stürzt ab", "blue screen"), product="lumen"),
    RulePlan("file-export", ("export", "exported", "exports"), product="lumen"),
    RulePlan("licences-and-dongles", ("licence*", "dongle*", "lizenz*"), product="lumen"),
    RulePlan("python-api", ("python api", "importerror", "python-schnittstelle"), product="fathom"),
    RulePlan("gpu-speed", ("cuda", "gpu"), product="fathom"),
    RulePlan("search-and-filters", ("search*", "suche", "recherche", "búsqueda"), product="tracewell"),
    RulePlan("audit-trail", ("audit trail", "audit-trail"), product="tracewell"),
    RulePlan("outages-and-speed", ("outage", "502 bad gateway", "tracewell was down"), product="tracewell"),
    RulePlan("tip-pick-up", ("tip pick-up", "pick-up fails", "picks up"), product="halcyon"),
    RulePlan("robot-calibration", ("calibration", "kalibrierung"), product="halcyon"),
    RulePlan("invoices", ("invoice*", "rechnung"), product="shop"),
    RulePlan("stock-outs", ("out of stock", "on back order", "nicht lieferbar"), product="shop"),
    RulePlan(
        "praise",
        ("thank you", "thanks to", "vielen dank", "well done", "love it"),
        ("thank you in advance", "thank you for nothing"),
    ),
    RulePlan("workaround", ("workaround*", "work around")),
    RulePlan("deadline", ("deadline", "is due on")),
    RulePlan("regulated-work", ("gmp", "inspector*", "inspection", "validated", "auditor*")),
)
OVER_HISTORY = ("question", ("not a complaint", "is this on your", "eine frage"))  # a rule made late, run over it all
