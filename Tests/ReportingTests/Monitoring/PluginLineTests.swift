import Testing

@testable import Reporting

/// One line that every monitoring server takes, whatever is in it.
@Suite struct PluginLineTests {
  @Test func theWorstAreNamedAndTheRestCounted() {
    let names = (0..<200).map { (name: "slot_\($0)", state: "lost") }
    let list = PluginLine.list(names)
    #expect(list.hasPrefix("slot_0 lost, slot_1 lost, ") && list.hasSuffix(" more") && list.utf8.count < 260)
    let shown = list.split(separator: ",").count - 1
    #expect(list.hasSuffix(", \(200 - shown) more"))
    #expect(PluginLine.list([(name: "a", state: "lost")]) == "a lost")
    let long = String(repeating: "x", count: 62) + "y"
    #expect(PluginLine.list([(name: long, state: "lost")]).hasSuffix("xxy lost"))
    #expect(PluginLine.list([(name: long, state: "lost")]).utf8.count < 50)
  }

  @Test func theLineIsBounded() {
    var line = PluginLine(.critical, String(repeating: "é word ", count: 1000))
    line.data = (0..<1000).map { PluginLine.Measure("slot_\($0)_retained", .max, "B", critical: .max) }
    let text = line.line
    #expect(text.utf8.count < 4096 && text.hasSuffix("\n"))
    let parts = text.split(separator: "|")
    #expect(parts.count == 2 && parts[0].hasSuffix("... "))
    // The last one is whole, and no value is left out silently.
    let data = parts[1].dropLast().split(separator: " ")
    #expect(data.dropLast().last?.hasSuffix("=18446744073709551615B;;18446744073709551615;0") == true)
    #expect(data.last == "left_out=\(1000 - (data.count - 1))")
    line.data = Array(line.data.prefix(3))
    #expect(!line.line.contains("left_out"))
  }

  /// `'label'=value[UOM];[warn];[crit];[min];[max]`, as the guidelines have it.
  @Test(arguments: [
    ("a_b", "a_b=1B;0;1;0"), ("a b", "'a b'=1B;0;1;0"), ("it's=x|y\"", "it_s_x_y_=1B;0;1;0"),
    ("n\nx", "'n\\x0Ax'=1B;0;1;0"), ("ä", "'ä'=1B;0;1;0"),
  ])
  func labelsFollowTheGuidelines(label: String, expected: String) {
    #expect(PluginLine.Measure(label, 1, "B", warning: 0, critical: 1).description == expected)
  }

  @Test func nothingInATextEndsTheLine() {
    let line = PluginLine(.unknown, "a\nb\r\nc|d\u{1B}[2J").line
    #expect(line == "SLOTSCOPE UNKNOWN - a; b; c/d\\x1B[2J | \n")
  }

  @Test(arguments: [("cluster", true), ("_x9", true), ("9x", false), ("__name__", false), ("", false), ("a-b", false)])
  func labelsHaveNamesThatPrometheusTakes(name: String, isOne: Bool) {
    #expect(MetricsPage.isLabel(name) == isOne)
  }
}
