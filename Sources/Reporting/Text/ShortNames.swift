/// Names that are too long for a column, with an ellipsis in them at a place at which they still differ.
enum ShortNames {
  /// The shortest width from `least` on at which all of them differ, and they at that width; the middle goes first, and one part
  /// of all that are too long. nil where `most` columns are not enough.
  static func fit(_ names: [String], least: Int, most: Int) -> [String]? {
    let widest = names.map(DisplayWidth.of).max() ?? 0
    guard widest > least, most >= 8 else { return widest <= most ? names : nil }
    for width in max(8, least)...max(8, least, most) where width <= most {
      if let cut = cut(names, to: width) { return cut }
    }
    return nil
  }

  private static func cut(_ names: [String], to width: Int) -> [String]? {
    let wanted = Set(names).count
    let middle = width / 2
    // From the middle outwards; the first three letters and the last three stay.
    for distance in 0...width {
      for head in distance == 0 ? [middle] : [middle + distance, middle - distance]
      where (3...(width - 4)).contains(head) {
        let short = names.map { shorten($0, head: head, width: width) }
        if Set(short).count == wanted { return short }
      }
    }
    return nil
  }

  /// Names of slots are ASCII; of others whole characters go.
  private static func shorten(_ name: String, head: Int, width: Int) -> String {
    guard DisplayWidth.of(name) > width else { return name }
    return String(name.prefix(head)) + "…" + String(name.suffix(width - head - 1))
  }
}
