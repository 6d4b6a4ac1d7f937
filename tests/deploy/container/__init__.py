"""What builds kds/deploy/Containerfile and runs kds/deploy/compose.yaml where no container engine is: as root on Linux.

Every step is executed as it stands in the file, in a root of its own that debootstrap makes. How this is not an engine:

- python:X-slim is the Debian release whose Python has the version X: it is in /usr/bin, not in /usr/local/bin.
- postgres:X is that Debian with the wheel's server X, started as the image's documentation says.
- The services share one network: their names are apart, their ports are not.
- Nothing is cached, no layer is kept; the services of one image share its root, in which they may write nothing anyway.
"""
