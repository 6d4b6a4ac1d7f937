"""The pages of managers. What answers JSON to them stands below /manager/."""

from kds.web.static.pages import Page

PAGES = (
    Page("managerPage", "/manager", "The back office", "manager.html"),
    Page("tablesPage", "/tables", "The table sheet", "tables.html"),
)
