"""Browser tests: the pages as cooks and customers use them."""
