@testable import NumpyFormat
