"""What can be wrong with a deployment, each with the command that mends it: `kds doctor`.

settings.py the environment, link.py the way to the database and LISTEN, schema.py what must be in it, rights.py who may
do what in it, life.py what goes on in it; examine.py asks them in turn. Each finding is one small function. Nothing
here changes anything.
"""
