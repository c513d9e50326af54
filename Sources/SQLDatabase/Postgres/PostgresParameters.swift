/// A statement's parameters in the form that libpq sends: binary values behind one another in one buffer.
struct PostgresParameters {
    /// The server takes no value of more bytes.
    static let valueBytesMax = (1 << 30) - 1

    /// The object id of each parameter's type.
    private(set) var types: [UInt32] = []
    private var lengths: [Int32] = []
    /// Where each value begins in `bytes`; nil for NULL.
    private var offsets: [Int?] = []
    private var bytes: [UInt8] = []

    /// No parameters.
    init() {}

    /// Encodes values.
    ///
    /// Throws `syntax` for NaN, for a text with a zero character and for values that are too long.
    init(_ values: [SQLValue]) throws(SQLError) {
        for value in values {
            try self.append(value)
        }
    }

    /// Adds a value.
    mutating func append(_ value: SQLValue) throws(SQLError) {
        switch value {
        case .null:
            self.types.append(PostgresType.unspecified)
            self.lengths.append(0)
            self.offsets.append(nil)
        case .integer(let integer):
            self.begin(PostgresType.bigint)
            self.appendInteger(integer)
            self.end()
        case .double(let double):
            try self.check(double)
            self.begin(PostgresType.double)
            self.appendInteger(double.bitPattern)
            self.end()
        case .text(let text):
            try self.check(text)
            try self.check(byteCount: text.utf8.count)
            self.begin(PostgresType.text)
            self.bytes.append(contentsOf: text.utf8)
            self.end()
        case .blob(let blob):
            try self.check(byteCount: blob.count)
            self.begin(PostgresType.bytes)
            self.bytes.append(contentsOf: blob)
            self.end()
        }
    }

    /// Adds an array of BIGINT.
    mutating func append(_ values: ArraySlice<Int64>) {
        self.beginArray(PostgresType.bigintArray, of: PostgresType.bigint, count: values.count, elementBytes: 8)
        for value in values {
            self.appendInteger(Int32(8))
            self.appendInteger(value)
        }
        self.end()
    }

    /// Adds an array of DOUBLE PRECISION.
    ///
    /// Throws as `init` does.
    mutating func append(_ values: ArraySlice<Double>) throws(SQLError) {
        self.beginArray(PostgresType.doubleArray, of: PostgresType.double, count: values.count, elementBytes: 8)
        for value in values {
            try self.check(value)
            self.appendInteger(Int32(8))
            self.appendInteger(value.bitPattern)
        }
        self.end()
    }

    /// Adds an array of DOUBLE PRECISION with NULL for nil.
    ///
    /// Throws as `init` does.
    mutating func append(_ values: ArraySlice<Double?>) throws(SQLError) {
        self.beginArray(PostgresType.doubleArray, of: PostgresType.double, count: values.count, elementBytes: 8)
        for value in values {
            if let value {
                try self.check(value)
                self.appendInteger(Int32(8))
                self.appendInteger(value.bitPattern)
            } else {
                self.appendInteger(Int32(-1))
            }
        }
        self.end()
    }

    /// Adds an array of TEXT.
    ///
    /// Throws as `init` does.
    mutating func append(_ values: ArraySlice<String>) throws(SQLError) {
        self.beginArray(PostgresType.textArray, of: PostgresType.text, count: values.count, elementBytes: 16)
        for value in values {
            try self.check(value)
            try self.check(byteCount: value.utf8.count)
            self.appendInteger(Int32(value.utf8.count))
            self.bytes.append(contentsOf: value.utf8)
        }
        self.end()
    }

    /// Lends the parameters as the arrays that libpq takes: types, pointers to the values, lengths, formats.
    func withArrays<Result>(
        _ body: ([UInt32], [UnsafePointer<CChar>?], [Int32], [Int32]) -> Result
    ) -> Result {
        self.bytes.withUnsafeBytes { bytes in
            // A value without bytes still needs a pointer, because libpq takes none for NULL.
            let base = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1)
            let values = self.offsets.map { offset in
                offset.flatMap { base?.advanced(by: $0).assumingMemoryBound(to: CChar.self) }
            }
            return body(self.types, values, self.lengths, Array(repeating: 1, count: self.types.count))
        }
    }

    /// The number of the parameter that is being added.
    private var number: Int { self.lengths.count + 1 }

    private func check(_ double: Double) throws(SQLError) {
        guard !double.isNaN else { throw .notANumber(parameter: self.number) }
    }

    private func check(_ text: String) throws(SQLError) {
        guard !text.utf8.contains(0) else { throw .zeroInText(parameter: self.number) }
    }

    private func check(byteCount: Int) throws(SQLError) {
        guard byteCount <= Self.valueBytesMax else {
            throw SQLError(
                .syntax,
                "parameter $\(self.number) has \(byteCount) bytes; \(Self.valueBytesMax) are allowed"
            )
        }
    }

    private mutating func begin(_ type: UInt32) {
        self.types.append(type)
        self.offsets.append(self.bytes.count)
    }

    /// Begins a one-dimensional array counted from 1.
    private mutating func beginArray(_ type: UInt32, of elementType: UInt32, count: Int, elementBytes: Int) {
        self.begin(type)
        self.bytes.reserveCapacity(self.bytes.count + 20 + count * (4 + elementBytes))
        let (dimensions, mayHoldNulls, lowerBound): (Int32, Int32, Int32) = (1, 1, 1)
        self.appendInteger(dimensions)
        self.appendInteger(mayHoldNulls)
        self.appendInteger(elementType)
        self.appendInteger(Int32(count))
        self.appendInteger(lowerBound)
    }

    private mutating func end() {
        let offset = self.offsets.last.flatMap(\.self) ?? 0
        self.lengths.append(Int32(self.bytes.count - offset))
    }

    private mutating func appendInteger(_ integer: some FixedWidthInteger) {
        withUnsafeBytes(of: integer.bigEndian) { self.bytes.append(contentsOf: $0) }
    }
}
