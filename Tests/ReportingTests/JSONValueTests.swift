import Testing

@testable import Reporting

@Suite struct JSONValueTests {
  @Test func everyKindOfValueIsWritten() {
    let value: JSONValue = ["b": nil, "a": [1, true, "x"], "e": [], "o": [:]]
    #expect(value.serialized(pretty: false) == #"{"b":null,"a":[1,true,"x"],"e":[],"o":{}}"#)
    #expect(
      value.serialized(pretty: true)
        == "{\n  \"b\": null,\n  \"a\": [\n    1,\n    true,\n    \"x\"\n  ],\n  \"e\": [],\n  \"o\": {}\n}")
  }

  @Test func stringsCannotLeaveTheirQuotesOrSteerATerminal() {
    let value = JSONValue.string("a\"b\\c\n\u{1B}[31m\u{7F}\u{9B}é\u{2028}😀")
    #expect(
      value.serialized(pretty: false) == #""a\"b\\c\n\u001b[31m\u007f\u009bé\u2028😀""#)
  }

  @Test func charactersBeyondTheFirstPlaneAreEscapedInPairs() {
    #expect(JSONValue.string("\u{E0041}").serialized(pretty: false) == #""\udb40\udc41""#)
  }

  @Test func terminalTextShowsControlCharacters() {
    #expect(TerminalText.escaped("a\u{1B}[2Jb\n\u{202E}c") == "a\\x1B[2Jb\\x0A\\u{202E}c")
    #expect(TerminalText.escaped("plain é") == "plain é")
  }
}
