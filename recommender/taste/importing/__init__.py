"""Files of ratings from other sites: opened, read, and matched with titles. Writes nothing."""
