import Testing

@testable import CNNMFormat

@Suite struct PrologueTests {}
