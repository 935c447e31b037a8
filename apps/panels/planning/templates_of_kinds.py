"""What each kind of session begins with: agenda, roles, questions, length. Everything can be changed afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.panels.models import SessionKind

Words = str | Promise


@dataclass(frozen=True)
class KindTemplate:
    """A starting point. Minutes of the agenda add up to ``minutes``."""

    purpose: Words  # a sentence to be completed
    agenda: Sequence[tuple[int, Words]]  # minutes, what
    roles: Sequence[tuple[Words, Words]]  # who, what they do
    questions: Sequence[Words]
    capacity: int = 1
    observer_seats: int = 2
    wants_recording: bool = False
    tips: Sequence[Words] = field(default_factory=tuple)

    @property
    def minutes(self) -> int:
        return sum(minutes for minutes, _what in self.agenda)

    def agenda_rows(self) -> list[dict[str, str | int]]:
        """Return the agenda as a session keeps it, in the active language."""
        return [{"title": str(what), "minutes": minutes} for minutes, what in self.agenda]


_LEAD = _("Lead")
_NOTES = _("Note taker")
_OBSERVERS = _("Observers")
_LISTEN = _("Listen, camera and microphone off; write questions to the lead, who asks them at the end.")
_VERBATIM = _("Writes down what is said in the customer's own words, with the time; what it means comes later.")

TEMPLATES: dict[str, KindTemplate] = {
    SessionKind.ADVISORY: KindTemplate(
        purpose=_("Hear what our advisers make of …, and what they would do first in our place."),
        agenda=[
            (10, _("Welcome, who is here, what we want to take away")),
            (15, _("What became of your input last time")),
            (30, _("First topic: the question, then a round in which everybody speaks")),
            (10, _("Break")),
            (30, _("Second topic: options and their price")),
            (15, _("What did we not ask? Open floor")),
            (10, _("Actions with owner and date, next meeting")),
        ],
        roles=[
            (_("Chair"), _("Opens, keeps the time and makes sure that everybody is heard; speaks least.")),
            (_("Sponsor"), _("Says what will be decided with what is heard here, and answers for it.")),
            (_NOTES, _VERBATIM),
            (_OBSERVERS, _LISTEN),
        ],
        questions=[
            _("What has changed in your laboratory since we last met?"),
            _("Which of these problems costs you the most time or samples today? What does it cost?"),
            _("If we could do only one of these this year, which one, and what would you lose without the others?"),
            _("What would have to be true for you to rely on this?"),
            _("Who else does this touch where you work, and what would they say?"),
            _("What should we stop doing?"),
        ],
        capacity=12,
        observer_seats=4,
        tips=[
            _("Send the pre-reads a week before; ask for two things to think about, not ten."),
            _("Begin with what became of the last meeting: people come back to where they were heard."),
        ],
    ),
    SessionKind.INTERVIEW: KindTemplate(
        purpose=_("Understand how … is done today, and where it hurts, before we think of a solution."),
        agenda=[
            (5, _("Welcome, what this is for, consent, may we record?")),
            (10, _("You and your work")),
            (25, _("Tell me about the last time: from the start to the end")),
            (10, _("What is hard, what you tried, what you do instead")),
            (5, _("Questions of the observers")),
            (5, _("What did I not ask? Thanks, what happens next")),
        ],
        roles=[
            (_LEAD, _("Asks about what happened, not about what might; leaves silences; never sells.")),
            (_NOTES, _VERBATIM),
            (_OBSERVERS, _LISTEN),
        ],
        questions=[
            _("What does a usual week look like for you?"),
            _("Tell me about the last time you did this. What set it off?"),
            _("What did you do then? And then?"),
            _("What was the hardest part? Why was it hard?"),
            _("How do you get around that today? What have you tried before?"),
            _("What happens when it goes wrong? Who notices, and what does it cost?"),
            _("How would you know that it had become better?"),
            _("What should I have asked that I did not?"),
        ],
        wants_recording=True,
        tips=[
            _("One customer, at most three of us: more feels like an examination."),
            _("Ask for a story of one day; opinions about features predict little."),
        ],
    ),
    SessionKind.USABILITY: KindTemplate(
        purpose=_("See whether people who do … for their work can finish these tasks without help."),
        agenda=[
            (5, _("Welcome, consent; we test the product, not you; please think aloud")),
            (5, _("Background: what you use today and how often")),
            (35, _("Tasks, one at a time; after each: how easy was that?")),
            (5, _("Questionnaire: the ten statements of the System Usability Scale")),
            (10, _("What surprised you, what would you change; thanks")),
        ],
        roles=[
            (_LEAD, _("Reads each task aloud, then keeps quiet; helps only when the task is given up.")),
            (_NOTES, _("Marks start and end of each task, errors, detours and what is said; does not judge yet.")),
            (_OBSERVERS, _LISTEN),
        ],
        questions=[
            _("What do you expect to see here?"),
            _("What are you looking for right now?"),
            _("What would you do next if I were not here?"),
            _("Was that what you expected? What is different?"),
            _("Overall, how difficult or easy was this task? (1 very difficult, 7 very easy)"),
            _("Which moment would you tell a colleague about?"),
        ],
        wants_recording=True,
        tips=[
            _("Try the tasks with a colleague the day before: half of all bad sessions are bad tasks."),
            _("Word a task as a goal from their work, without the words on the screen."),
        ],
    ),
    SessionKind.INTEGRATION: KindTemplate(
        purpose=_("Get … running with the customer's own instrument, data and network, and learn what is in the way."),
        agenda=[
            (10, _("Welcome, goal of today, what is set up already")),
            (15, _("The customer shows the system as it is: instruments, data, network, people")),
            (20, _("Connect: first data through, with the simplest case")),
            (40, _("Work through the real case together; write down each obstacle as it comes")),
            (15, _("What happens on a bad day: errors, restarts, missing data")),
            (10, _("Break")),
            (10, _("Obstacles in order, owner and date for each, next step")),
        ],
        roles=[
            (_LEAD, _("Keeps to the goal; the customer types, we look on.")),
            (_("Engineer"), _("Answers and unblocks; writes workarounds down as defects, not as tricks.")),
            (_NOTES, _("Keeps versions, settings, messages and times, so that every obstacle can be made again.")),
            (_OBSERVERS, _LISTEN),
        ],
        questions=[
            _("Which systems have to talk to this one, and who owns them?"),
            _("What are the versions, formats and units at each end?"),
            _("Where does data wait, get retyped or get lost today?"),
            _("What may leave your network, and who has to agree to that?"),
            _("How would you notice that it has stopped working?"),
            _("What would keep you from using this next Monday?"),
        ],
        capacity=4,
        observer_seats=2,
        tips=[
            _("Ask for sample data and the versions a week before, and try them."),
            _("A workaround found here is a finding: write it down as the obstacle that it hides."),
        ],
    ),
    SessionKind.WORKSHOP: KindTemplate(
        purpose=_("Agree with customers on …, from everybody's own experience."),
        agenda=[
            (10, _("Welcome, aim, rules of the room, warm-up")),
            (15, _("Gather: everybody writes alone, one thought a note")),
            (20, _("Group: similar notes together, a name for each group")),
            (30, _("Discuss: what is behind the largest groups")),
            (10, _("Vote: each has a few dots")),
            (20, _("Decide: what we do, what we leave, who takes it on")),
            (15, _("How was it, what happens with the result")),
        ],
        roles=[
            (_("Facilitator"), _("Explains each phase, keeps the time, has no opinion of their own today.")),
            (_("Co-facilitator"), _("Groups notes, helps those who are stuck, watches who has not spoken.")),
            (_NOTES, _VERBATIM),
            (_OBSERVERS, _("Take part in no vote; note what surprises them.")),
        ],
        questions=[
            _("What slows you down most between sample and result?"),
            _("What do you do by hand that you should not have to?"),
            _("What works so well that it must not change?"),
            _("Which of these groups would you solve first, and why?"),
            _("What would we see in half a year if this went well?"),
        ],
        capacity=20,
        observer_seats=4,
        tips=[
            _("Writing alone first: it keeps the loudest voice from becoming the only one."),
            _("Leave with fewer decisions, each with an owner."),
        ],
    ),
    SessionKind.IDEATION: KindTemplate(
        purpose=_("Find many ways to …, and pick those worth a first try."),
        agenda=[
            (10, _("Welcome, the problem as customers told it, with quotes")),
            (10, _("Warm-up: the worst idea we can think of, then its opposite")),
            (20, _("Ideas alone: many, quick, none judged")),
            (20, _("Ideas together: build on somebody else's")),
            (15, _("Group and name")),
            (10, _("Vote: most useful, and boldest")),
            (20, _("First sketch of the winners: who, what, how would we find out cheaply")),
            (5, _("What happens next")),
        ],
        roles=[
            (_("Facilitator"), _("Guards the rule that no idea is judged before the vote, and the time.")),
            (_("Customer advocate"), _("Knows the evidence and brings every idea back to it.")),
            (_NOTES, _("Keeps every idea as it was said, also the thrown-away ones.")),
            (_OBSERVERS, _("Add ideas like everybody else, but do not vote.")),
        ],
        questions=[
            _("How might we make this step unnecessary?"),
            _("How is the same problem solved in another field?"),
            _("What would we do with a tenth of the time? With ten times the money?"),
            _("What would make it delightful instead of bearable?"),
            _("Which of these could we try with one customer next week?"),
        ],
        capacity=12,
        observer_seats=2,
        tips=[
            _("Bring the problem, not your solution: a favourite in the room ends the search."),
            _("Count ideas, not good ideas, until the vote."),
        ],
    ),
    SessionKind.VISIT: KindTemplate(
        purpose=_("See with our own eyes how … is done on site, by those who do it every day."),
        agenda=[
            (15, _("Arrival, safety briefing, what may be seen and photographed")),
            (20, _("The people and their aims")),
            (30, _("Walk along the way of a sample, from arrival to report")),
            (75, _("Beside somebody at work: watch first, ask later")),
            (20, _("What we saw, in their words: did we understand it?")),
            (20, _("Thanks, open questions, what happens next")),
        ],
        roles=[
            (_LEAD, _("Is the one contact on site; follows the work and never gets in its way.")),
            (_NOTES, _("Notes what people do beside what they say: sticky notes, detours, waiting, workarounds.")),
            (_OBSERVERS, _("At most two on site: watch one person each, compare afterwards.")),
        ],
        questions=[
            _("Please show me what you are doing; go on as if I were not here."),
            _("Why did you do that just now?"),
            _("What is this note on the screen for?"),
            _("What are you waiting for at this moment?"),
            _("What happens if the one who knows this is ill?"),
            _("What would you show a new colleague first?"),
        ],
        capacity=4,
        observer_seats=2,
        tips=[
            _("Ask before about safety, protective clothing and photographs; obey whoever runs the site."),
            _("Write down what you saw within an hour of leaving: the car park is fine."),
        ],
    ),
}


def template_of(kind: str) -> KindTemplate:
    """Return the template of one of ``SessionKind``."""
    return TEMPLATES[kind]
