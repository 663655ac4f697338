"""How well one person's next film is foreseen: histories, the rivals, our own, and what is asked of them."""
