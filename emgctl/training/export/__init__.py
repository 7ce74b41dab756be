"""Writing models, and going on from them."""
