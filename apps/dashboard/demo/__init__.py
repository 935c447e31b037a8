"""The demo: a maker of laboratory instruments with a year of what its customers said. All of it is invented.

``company`` and ``taxonomy`` say who the company is, ``clientele`` who its customers are, ``story`` what happened when,
``banks`` and ``writing`` how people put it (the words stand in ``texts/``), ``pieces`` makes the year's feedback of
all that, ``stage`` and ``loading`` take it in through the services that everybody uses, ``trials`` adds more of it.
"""
