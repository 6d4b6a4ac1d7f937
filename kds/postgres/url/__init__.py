"""Where the database is, as the environment says it: what libpq reads, in a URL or in variables, means the same here.

reading.py reads a URL, files.py the files of libpq, tls.py what a link is encrypted and verified with, parameters.py
what else may be said; address.py puts all of it together. Nothing here connects: kds/postgres/connect.py does.
"""
