// GraphImport
