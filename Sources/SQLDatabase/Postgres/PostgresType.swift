/// The object ids of the built-in types that the driver sends or reads; they are fixed in every server.
enum PostgresType {
    static let boolean: UInt32 = 16
    static let bytes: UInt32 = 17
    static let name: UInt32 = 19
    static let bigint: UInt32 = 20
    static let smallint: UInt32 = 21
    static let integer: UInt32 = 23
    static let text: UInt32 = 25
    static let objectID: UInt32 = 26
    static let real: UInt32 = 700
    static let double: UInt32 = 701
    static let textArray: UInt32 = 1009
    static let bigintArray: UInt32 = 1016
    static let doubleArray: UInt32 = 1022
    static let character: UInt32 = 1042
    static let varchar: UInt32 = 1043
    static let numeric: UInt32 = 1700
    /// Not a type: the server infers one.
    static let unspecified: UInt32 = 0

    /// What a message calls a type: its name if the driver knows it, else its object id.
    static func label(_ type: UInt32) -> String {
        switch type {
        case self.boolean: "boolean"
        case self.bytes: "bytea"
        case self.name: "name"
        case self.bigint: "bigint"
        case self.smallint: "smallint"
        case self.integer: "integer"
        case self.text: "text"
        case self.objectID: "oid"
        case self.real: "real"
        case self.double: "double precision"
        case self.character: "character"
        case self.varchar: "character varying"
        case self.numeric: "numeric"
        default: "the type with the object id \(type)"
        }
    }
}
