/// `--watch` may be given without its seconds, which neither getopt nor the parser knows of an option.
enum WatchInterval {
  private static let seconds = "2"

  /// The same command line, with the seconds where `status --watch` has none.
  static func filled(in arguments: [String]) -> [String] {
    guard arguments.first == "status" else { return arguments }
    var out: [String] = []
    for (index, word) in arguments.enumerated() {
      out.append(word)
      if word == "--" { return out + arguments[(index + 1)...] }
      guard word == "--watch" else { continue }
      let next = index + 1 < arguments.count ? arguments[index + 1] : ""
      if next.isEmpty || !next.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { out.append(seconds) }
    }
    return out
  }
}
