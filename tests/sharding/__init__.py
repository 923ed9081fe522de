"""That a partner's data can live apart: keys, statements, partitions, and sixty months."""
