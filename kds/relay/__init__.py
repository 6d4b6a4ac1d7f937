"""Steps 3 and 4 of the story: reads what committed, and writes it to sockets. Knows no HTTP and no feature.

listening/ hears hints and reads events, relay.py hands each to the audiences, hub.py writes frames to the sockets of a
topic. A room that wants to tell somebody brings an audience, see audience.py.
"""
