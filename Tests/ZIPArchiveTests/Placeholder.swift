@testable import ZIPArchive
