// CNNConversion
