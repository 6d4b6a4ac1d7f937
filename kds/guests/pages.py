"""The guests' pages, and the screen on which they see whose order can be fetched."""

from kds.web.static.pages import Page

PAGES = (
    Page("orderPage", "/order/{branchId}", "The menu to order from", "order.html"),
    Page("trackPage", "/track/{orderId}", "The customer's order", "track.html"),
    Page("pickupLogin", "/pickup", "The way to the pickup board of a login", "pickup.html"),
    Page("pickupPage", "/pickup/{branchId}", "The pickup board", "pickup.html"),
)
