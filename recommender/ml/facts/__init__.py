"""What is known of titles beside their texts: genres, places, years, people; filters and facets of them."""
