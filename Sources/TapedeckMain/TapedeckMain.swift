import TapedeckCommand

/// The entry point of `tapedeck`; what it does is in a library, which the fuzzer links too.
@main
enum TapedeckMain {
    static func main() async {
        await Program.main()
    }
}
