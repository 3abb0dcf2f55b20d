import SlotSafety
import Testing

@Suite struct SlotFilterTests {
  private func selects(_ filter: String, _ name: String, plugin: String = "pgoutput") throws -> Bool {
    try SlotFilter(filter).selects(name: name, plugin: plugin)
  }

  @Test func aWordWithoutAKeyIsAName() throws {
    #expect(try selects("orders", "orders"))
    #expect(try !selects("orders", "orders2"))
    #expect(try !selects("order_", "orders"))
  }

  @Test func oneConditionOfTheListIsEnough() throws {
    #expect(try selects("name:a, plugin : wal2json ", "b", plugin: "wal2json"))
    #expect(try selects("name:a,plugin:wal2json", "a"))
    #expect(try !selects("name:a,plugin:wal2json", "b"))
  }

  @Test func patternsAreThoseOfLike() throws {
    #expect(try selects("name_like:%", "orders"))
    #expect(try selects("name_like:ord%", "orders"))
    #expect(try selects("name_like:%e_s", "orders"))
    #expect(try selects("name_like:o%d%s", "orders"))
    #expect(try selects("name_like:a\\_b", "a_b"))
    #expect(try !selects("name_like:a\\_b", "axb"))
    #expect(try !selects("name_like:ord", "orders"))
    #expect(try !selects("name_like:orders_", "orders"))
  }

  /// A pattern made to be slow is as quick as any other.
  @Test func manyWildcardsEnd() throws {
    let pattern = "name_like:" + String(repeating: "%a", count: 2000) + "b"
    #expect(try !selects(pattern, String(repeating: "a", count: 63)))
  }

  @Test func anEmptyListSelectsNothing() throws {
    #expect(try !selects("", "orders"))
  }

  @Test(arguments: ["nam:a", "name:", "plugin: ", "a,slot:b", ":a"])
  func anUnknownKeyOrNoValueIsRefused(filter: String) {
    #expect(throws: SlotFilter.SyntaxError.self) { try SlotFilter(filter) }
  }
}
