"""One face over the engines that kitchens and guests have: Chromium, Firefox and WebKit."""
