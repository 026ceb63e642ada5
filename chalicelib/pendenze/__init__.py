"""What is owed: pendenza, voci, soggetti, documenti."""
