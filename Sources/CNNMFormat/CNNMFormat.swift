// CNNMFormat
