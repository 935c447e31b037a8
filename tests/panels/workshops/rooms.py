"""A session with a workshop in some phase, and phones that joined it."""

import uuid
from itertools import count

from apps.accounts.models import Team
from apps.panels.models import Idea, IdeaGroup, Phase, Phone, ResearchSession, SessionKind, Workshop
from apps.panels.workshops import keys, phones, services
from apps.panels.workshops.phones import Target
from tests.factories import TeamFactory

_number = count(1)


def make_session(*, team: Team | None = None, **fields) -> ResearchSession:
    wanted = {"kind": SessionKind.WORKSHOP, "title": "Ideas for the lens", "time_zone": "UTC", **fields}
    return ResearchSession.objects.create(team=team or TeamFactory(), **wanted)


def make_workshop(*, phase: str = Phase.GATHER, team: Team | None = None, **fields) -> Workshop:
    session = fields.pop("session", None) or make_session(team=team)
    workshop = services.open_workshop(session=session, question="What slows you down?")
    Workshop.objects.filter(pk=workshop.pk).update(phase=phase, **fields)
    return Workshop.objects.get(pk=workshop.pk)


def lead(workshop: Workshop, phase: str) -> Workshop:
    services.set_phase(workshop_id=workshop.pk, phase=phase)
    workshop.refresh_from_db()
    return workshop


def make_phone(workshop: Workshop) -> tuple[Phone, str]:
    """A phone that joined, and its key."""
    key = keys.make_key(workshop.pk)
    read = keys.read_key(key)
    assert read is not None
    return phones.join(workshop_id=workshop.pk, key_sha256=read.sha256), key


def make_idea(workshop: Workshop, text: str = "", *, phone: Phone | None = None, **fields) -> Idea:
    text = text or f"Idea {next(_number)}"
    return Idea.objects.create(workshop=workshop, phone=phone, client_key=uuid.uuid4(), text=text, **fields)


def make_group(workshop: Workshop, title: str, *ideas: str) -> IdeaGroup:
    place = IdeaGroup.objects.filter(workshop=workshop).count()
    group = IdeaGroup.objects.create(workshop=workshop, title=title, position=place)
    for position, text in enumerate(ideas, start=1):
        make_idea(workshop, text, group=group, position=position)
    return group


def give(workshop: Workshop, phone: Phone, target: str, times: int = 1) -> None:
    where = Target.read(target)
    assert where is not None
    for _ in range(times):
        phones.vote(workshop_id=workshop.pk, phone=phone, client_key=uuid.uuid4(), target=where)
