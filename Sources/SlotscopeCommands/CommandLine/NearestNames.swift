/// Which of the names that there are somebody may have meant.
enum NearestNames {
  /// At most three, the nearest first; none where all are far. Case, `-` and `_` make no difference. Of a name of several words
  /// the last one counts, too: `records` is near to `wal records`.
  static func of(_ word: String, among names: [String]) -> [String] {
    let typed = plain(word)
    guard !typed.isEmpty, typed.count <= 64 else { return [] }
    // The dashes of an option are nobody's letters.
    let letters = typed.drop { $0 == UInt8(ascii: "_") }.count
    let limit = letters <= 3 ? 1 : letters <= 6 ? 2 : 3
    let ranked = names.compactMap { name -> (name: String, distance: Int)? in
      let forms = [name, name.split(separator: " ").last.map(String.init) ?? name].map(plain)
      let least = forms.map { typed.count >= 2 && $0.starts(with: typed) ? 1 : distance(typed, $0) }.min() ?? .max
      return least <= limit ? (name, least) : nil
    }
    guard let best = ranked.map(\.distance).min() else { return [] }
    let nearest = ranked.filter { $0.distance == best }.map(\.name)
    // Where everything is as near, nothing is.
    return nearest.count <= 3 ? nearest : []
  }

  /// `Did you mean "a" or "b"?`, nil without any.
  static func question(_ word: String, among names: [String]) -> String? {
    let nearest = of(word, among: names).map { "\"\($0)\"" }
    return nearest.isEmpty ? nil : "Did you mean \(nearest.joined(separator: " or "))?"
  }

  private static func plain(_ text: String) -> [UInt8] {
    text.lowercased().utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }
  }

  /// Letters to insert, remove, change or swap with their neighbor.
  private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var (beforeLast, last) = ([Int](), Array(0...b.count))
    for (i, letter) in a.enumerated() {
      var row = [i + 1]
      for (j, other) in b.enumerated() {
        var least = min(last[j] + (letter == other ? 0 : 1), last[j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, letter == b[j - 1], other == a[i - 1] { least = min(least, beforeLast[j - 1] + 1) }
        row.append(least)
      }
      (beforeLast, last) = (last, row)
    }
    return last[b.count]
  }
}
