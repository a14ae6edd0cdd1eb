package import ModelCore

/// The size of an axis along which two inputs are combined element by element.
package struct StretchedSize {
    /// `nil` where it is not known before run time.
    package let known: Int?
}

extension Shape {
    /// The size of two axes that pair up, one of size 1 stretched; `nil` where they differ (NumPy's broadcasting).
    package static func stretched(_ a: Int?, _ b: Int?) -> StretchedSize? {
        switch (a, b) {
        case (1, _): StretchedSize(known: b)
        case (_, 1): StretchedSize(known: a)
        case (nil, _): StretchedSize(known: b)
        case (_, nil): StretchedSize(known: a)
        default: a == b ? StretchedSize(known: a) : nil
        }
    }
}
