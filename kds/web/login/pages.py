"""The page of the link by which a member sets a password."""

from kds.web.login.links import PATH
from kds.web.static.pages import Page

PAGES = (Page("welcomePage", PATH, "Set the password by a link", "welcome.html"),)
