import CHDF5
import ModelCore

/// How the elements of a dataset are stored, in so far as a weight may be stored.
enum ElementType {
    /// The type of weights whose elements are of the library's type `type`, in any byte order.
    ///
    /// - Parameter blocks: what blocks of bytes are, of which the library knows no more than how long they are. They are little-endian.
    /// - Throws: `hdf5.element-type` for anything but integers and IEEE or bfloat16 numbers that `DType` has, without padding.
    static func dtype(of type: borrowing Handle, blocks: DType?, at location: Location) throws(ModelError) -> DType {
        if blocks == .bfloat16, isOfBlocks(type), H5Tget_size(type.id) == DType.bfloat16.byteCount { return .bfloat16 }
        guard let dtype = integer(type) ?? float(type) else {
            throw ModelError(
                Problem(
                    "hdf5.element-type", "has elements that are \(description(of: type)), which no weight is", at: location,
                    hint: "save the model with weights of type float32"))
        }
        return dtype
    }

    static func isOfBlocks(_ type: borrowing Handle) -> Bool { H5Tget_class(type.id) == H5T_OPAQUE }

    private static func integer(_ type: borrowing Handle) -> DType? {
        guard H5Tget_class(type.id) == H5T_INTEGER, hasNoPadding(type) else { return nil }
        let isSigned = H5Tget_sign(type.id) == H5T_SGN_2
        return switch (H5Tget_size(type.id), isSigned) {
        case (1, true): .int8
        case (1, false): .uint8
        case (4, true): .int32
        case (8, true): .int64
        default: nil
        }
    }

    private static func float(_ type: borrowing Handle) -> DType? {
        guard H5Tget_class(type.id) == H5T_FLOAT, hasNoPadding(type), H5Tget_norm(type.id) == H5T_NORM_IMPLIED else { return nil }
        var sign = 0, exponent = 0, exponentBits = 0, fraction = 0, fractionBits = 0
        guard H5Tget_fields(type.id, &sign, &exponent, &exponentBits, &fraction, &fractionBits) >= 0 else { return nil }
        let format = [sign, exponent, exponentBits, fraction, fractionBits, Int(clamping: H5Tget_ebias(type.id))]
        return switch (H5Tget_size(type.id), format) {
        case (2, [15, 10, 5, 0, 10, 15]): .float16
        case (2, [15, 7, 8, 0, 7, 127]): .bfloat16
        case (4, [31, 23, 8, 0, 23, 127]): .float32
        case (8, [63, 52, 11, 0, 52, 1023]): .float64
        default: nil
        }
    }

    private static func hasNoPadding(_ type: borrowing Handle) -> Bool {
        let order = H5Tget_order(type.id)
        return (order == H5T_ORDER_LE || order == H5T_ORDER_BE) && H5Tget_offset(type.id) == 0
            && H5Tget_precision(type.id) == H5Tget_size(type.id).multipliedReportingOverflow(by: 8).partialValue
    }

    private static func description(of type: borrowing Handle) -> String {
        let size = H5Tget_size(type.id)
        return switch H5Tget_class(type.id) {
        case H5T_INTEGER: "\(H5Tget_sign(type.id) == H5T_SGN_2 ? "signed" : "unsigned") integers of \(size) bytes"
        case H5T_FLOAT: "floating-point numbers of \(size) bytes in an unusual format"
        case H5T_STRING: "strings"
        case H5T_COMPOUND: "compounds"
        case H5T_ENUM: "enumerated values"
        case H5T_OPAQUE: "opaque blocks of \(size) bytes"
        case H5T_REFERENCE: "references"
        case H5T_VLEN: "lists"
        case H5T_ARRAY: "arrays"
        case H5T_BITFIELD: "bit fields"
        case H5T_TIME: "times"
        default: "of no known type"
        }
    }
}
