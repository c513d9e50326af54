import Testing

@testable import TapedeckCommand

@Suite struct TextTableTests {
    @Test func columnsAreAsWideAsTheirWidestCell() {
        var table = TextTable([("name", .left), ("rows", .right), ("note", .left)])
        table.add(["bars_cache", "1", ""])
        table.add(["x", "12345", "y"])

        #expect(
            table.text == """
                name         rows  note
                bars_cache      1
                x           12345  y

                """
        )
    }

    @Test(arguments: [
        (5_931.25, "5931.25"), (5_931.0, "5931"), (-0.5, "-0.5"), (1e16, "1e+16"),
    ])
    func numbersAreShort(number: Double, text: String) {
        #expect(NumberText.text(number) == text)
        #expect(NumberText.text(Double?.none) == "-")
    }
}
