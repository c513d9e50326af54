/// Which Tapedeck this is: the one place where the version is written.
public enum Version {
    /// The version of the library and of the program.
    public static let current = "0.1.0"
}
