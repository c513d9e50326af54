/// A field of a record under the vendor's name, for dumps and comparisons.
package struct RecordField: Hashable, Sendable {
    /// The value of a field.
    package enum Value: Hashable, Sendable {
        case signed(Int64)
        case unsigned(UInt64)
        case text(String)
    }

    /// The vendor's name of the field.
    package let name: String
    /// The value; a field of one ASCII character is its code.
    package let value: Value

    init(_ name: String, _ value: some SignedInteger) {
        self.name = name
        self.value = .signed(Int64(value))
    }

    init(_ name: String, _ value: some UnsignedInteger) {
        self.name = name
        self.value = .unsigned(UInt64(value))
    }

    init(_ name: String, _ value: String) {
        self.name = name
        self.value = .text(value)
    }
}
