"""How good the ranking is: queries with known answers, systems that rank, measures, one table."""
