"""What several rooms share about restaurants and orders: money, prices, pace, links, whether guests may order."""
