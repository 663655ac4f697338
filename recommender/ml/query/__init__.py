"""What a person asks for in a line of text: filters, people, titles alike, and a rest to search by meaning."""
