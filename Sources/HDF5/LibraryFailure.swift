import CHDF5
import ModelCore

extension Library {
    /// The error for a call of the library that has just failed.
    static func damaged(_ message: String, at location: Location) -> ModelError {
        ModelError(Problem("hdf5.damaged", message, at: location, causes: errorStack()))
    }

    /// What the library says about its last failure, the function that was called first, the innermost last.
    static func errorStack() -> [String] {
        var causes: [String] = []
        _ = withUnsafeMutablePointer(to: &causes) { causes in
            H5Ewalk2(
                defaultID, H5E_WALK_DOWNWARD,
                { _, entry, context in
                    guard let entry = entry?.pointee, let context else { return 0 }
                    let function = entry.func_name.map { String(cString: $0) } ?? "?"
                    let description = entry.desc.map { String(cString: $0) } ?? "?"
                    context.assumingMemoryBound(to: [String].self).pointee.append("\(function): \(description)")
                    return 0
                }, causes)
        }
        return causes
    }
}
