"""What staff keep up: products, public forms, segments, organisations and customers, with what was said of each."""
