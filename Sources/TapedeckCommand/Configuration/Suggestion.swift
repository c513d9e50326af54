/// Finds the name that somebody probably meant.
enum Suggestion {
    /// ` (did you mean X?)`, or nothing when no name is near.
    static func text(for name: String, among names: [String]) -> String {
        let distances = names.map { ($0, self.distance(Array(name.utf8), Array($0.utf8))) }
        guard let (nearest, distance) = distances.min(by: { $0.1 < $1.1 }), distance <= max(2, name.utf8.count / 4)
        else { return "" }
        return " (did you mean \(nearest)?)"
    }

    /// How many letters have to be put in, taken out or replaced to make one text of the other.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var previous = Array(0...right.count)
        for (row, leftByte) in left.enumerated() {
            var current = [row + 1]
            for (column, rightByte) in right.enumerated() {
                let replaced = previous[column] + (leftByte == rightByte ? 0 : 1)
                current.append(min(replaced, previous[column + 1] + 1, current[column] + 1))
            }
            previous = current
        }
        return previous[right.count]
    }
}
