"""The manager's page."""

from kds.web.pages import Page

PAGES = (Page("tablesPage", "/tables", "The table sheet", "tables.html"),)
