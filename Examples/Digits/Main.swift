import CNNRuntime
import Foundation
import ModelCore

/// Recognises ten handwritten digits: the example of `make demo`.
///
///     digits MODEL.cnnm DIGITS.txt
@main
struct Main {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        guard let modelPath = arguments.first, let digitsPath = arguments.dropFirst().first, arguments.count == 2 else {
            fail("usage: digits MODEL.cnnm DIGITS.txt", code: 64)
        }
        guard let text = try? String(contentsOfFile: digitsPath, encoding: .utf8), let digits = Digit.parse(text), !digits.isEmpty else {
            fail("\(digitsPath) holds no digits", code: 65)
        }
        do throws(ModelError) {
            let model = try Model(contentsOf: modelPath)
            show(digits, predictions: try recognise(digits, with: model))
        } catch {
            fail(error.problems.map { "[\($0.code)] \($0.message)" }.joined(separator: "\n"), code: 65)
        }
    }

    /// All digits at once: the network takes `[N, 8, 8, 1]` and gives `[N, 10]`, the probability of each class.
    static func recognise(_ digits: [Digit], with model: Model) throws(ModelError) -> [(digit: Int, probability: Float)] {
        guard let images = Tensor(shape: [digits.count, Digit.side, Digit.side, 1], scalars: digits.flatMap(\.pixels)) else { return [] }
        let probabilities = try model.predict(images)
        let classes = probabilities.shape[1]
        return digits.indices.map { index in
            let best = (0..<classes).max { probabilities[index, $0] < probabilities[index, $1] } ?? 0
            return (best, probabilities[index, best])
        }
    }

    static func show(_ digits: [Digit], predictions: [(digit: Int, probability: Float)]) {
        for start in stride(from: 0, to: digits.count, by: 5) {
            let band = digits[start..<min(start + 5, digits.count)]
            for row in 0..<Digit.side { print(band.map { $0.picture(row: row) }.joined(separator: "  ")) }
            print()
        }
        print("label  prediction  probability")
        for (digit, prediction) in zip(digits, predictions) {
            print(String(format: "%5d  %10d  %11.6f", digit.label, prediction.digit, prediction.probability))
        }
        let right = zip(digits, predictions).count { $0.label == $1.digit }
        print("\n\(right) of \(digits.count) are right")
    }

    static func fail(_ message: String, code: Int32) -> Never {
        FileHandle.standardError.write(Data((message + "\n").utf8))
        exit(code)
    }
}
