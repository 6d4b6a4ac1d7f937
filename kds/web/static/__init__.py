"""The files of kds/static, as they are sent to browsers; pages.py begins."""
