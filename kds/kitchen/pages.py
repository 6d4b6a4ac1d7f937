"""The kitchen's page."""

from kds.web.pages import Page

PAGES = (Page("kitchenPage", "/kitchen", "The board", "kitchen.html"),)
