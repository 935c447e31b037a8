"""The demo: a maker of laboratory instruments with five months of what its customers said. All of it is invented.

``company`` and the CSV files hold the data, ``reading`` reads the files, ``loading`` takes it all in through the
services that everybody uses.
"""
