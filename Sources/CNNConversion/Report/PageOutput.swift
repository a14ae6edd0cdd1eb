import ByteIO
package import ModelCore

extension ModelVerification {
    /// Verifies, and writes a page about it where one is asked for, whatever the verdict.
    /// - Throws: also `output.*`, before any work where the page cannot be written.
    package static func verify(
        _ path: String, options: Options, page: String?, progress: ((Conversion.Progress) -> Void)? = nil
    ) throws(ModelError) -> Result {
        guard let page else { return try verify(path, options: options, progress: progress) }
        let inputs = [path, options.source, options.config, options.golden, options.architecture].compactMap(\.self)
        var output = try AtomicOutput(path: page, inputs: inputs)
        var options = options
        options.comparesActivations = true
        let result = try verify(path, options: options, progress: progress)
        try output.append(Array(VerificationPage(result).text.utf8))
        try output.commit()
        return result
    }
}
