"""What a title is called, and what people type for it: folding, look-up, slips, completion."""
