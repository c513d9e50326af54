/// A statement's parameters in the form that libpq sends: binary values behind one another in one buffer.
struct PostgresParameters {
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
    /// Throws `syntax` for a text with a NUL character, which Postgres cannot store.
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
            self.begin(PostgresType.double)
            self.appendInteger(double.bitPattern)
            self.end()
        case .text(let text):
            try self.check(text)
            self.begin(PostgresType.text)
            self.bytes.append(contentsOf: text.utf8)
            self.end()
        case .blob(let blob):
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
    mutating func append(_ values: ArraySlice<Double>) {
        self.beginArray(PostgresType.doubleArray, of: PostgresType.double, count: values.count, elementBytes: 8)
        for value in values {
            self.appendInteger(Int32(8))
            self.appendInteger(value.bitPattern)
        }
        self.end()
    }

    /// Adds an array of DOUBLE PRECISION with NULL for nil.
    mutating func append(_ values: ArraySlice<Double?>) {
        self.beginArray(PostgresType.doubleArray, of: PostgresType.double, count: values.count, elementBytes: 8)
        for value in values {
            if let value {
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

    private func check(_ text: String) throws(SQLError) {
        guard !text.utf8.contains(0) else {
            throw SQLError(.syntax, "parameter $\(self.types.count + 1) holds a NUL character, which no text may")
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
