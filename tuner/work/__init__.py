"""The processes that work on a study: what they take, how they end, and who watches over them."""
