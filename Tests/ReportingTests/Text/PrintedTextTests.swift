import FixtureSupport
import Testing

/// The quick ways in which tests look into what programs print find what the standard library does.
@Suite struct PrintedTextTests {
  @Test(arguments: [
    ("", ""), ("a", ""), ("", "a"), ("abcabd", "abd"), ("aaab", "aab"), ("ab", "abc"), ("abc", "c"), ("abc", "d"),
    ("x\r\ny", "\n"), ("über", "ü"), ("a\0b", "\0b"), ("aXaXb", "aXb"),
  ])
  func bytesAreFound(text: String, part: String) {
    let isThere = part.isEmpty || Array(text.utf8).firstRange(of: Array(part.utf8)) != nil
    #expect(text.contains(part) == isThere && ("-" + text).dropFirst().contains(part) == isThere)
  }

  @Test(arguments: ["", "\n", "a\nb", "a\n\nb\n", "\na", "a\r\nb\nc", "a\0b\0", "e\n\u{301}x,y", "ü,\nä"])
  func partsAreThose(text: String) {
    for separator in ["\n", "\0", ","] as [Character] {
      for isOmitting in [true, false] {
        let parts = text.split(separator: separator, omittingEmptySubsequences: isOmitting)
        #expect(parts == text[...].split(separator: separator, omittingEmptySubsequences: isOmitting))
      }
    }
  }
}
