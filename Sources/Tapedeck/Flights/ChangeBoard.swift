final class ChangeBoard: Sendable {
    func signal(_ key: FlightKey) {}
    func signalAll() {}
}
