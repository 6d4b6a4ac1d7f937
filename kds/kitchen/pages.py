"""The kitchen's page."""

from kds.web.static.pages import Page

PAGES = (Page("kitchenPage", "/kitchen", "The board", "kitchen.html"),)
