import PostgresFormat

/// A table of a page, with its caption and headers for whoever cannot see it; on a narrow screen each row becomes a block.
struct HTMLTable {
  /// A column's title, and whether numbers stand in it.
  struct Column {
    var title: String
    var isNumber = false
  }

  private let (caption, columns): (String, [Column])
  private var rows: HTML = ""
  private(set) var count = 0

  init(_ caption: String, _ columns: [(String, isNumber: Bool)]) {
    self.caption = caption
    self.columns = columns.map { Column(title: $0.0, isNumber: $0.isNumber) }
  }

  init(_ caption: String, _ titles: [String]) { self.init(caption, titles.map { ($0, isNumber: false) }) }

  /// The first cell is what the row is about. `isFolded`: only on paper, and where all are asked for.
  mutating func add(_ cells: [HTML], isFolded: Bool = false) {
    count += 1
    rows += isFolded ? "<tr role=\"row\" class=\"more\">" : "<tr role=\"row\">"
    for (column, cell) in zip(columns, cells) {
      guard column.title != columns.first?.title else {
        rows += "<th role=\"rowheader\" scope=\"row\">\(cell)</th>"
        continue
      }
      rows += "<td role=\"cell\" data-l=\"\(column.title)\"\(HTMLTable.number(column))>\(cell)</td>"
    }
    rows += "</tr>\n"
  }

  private static func number(_ column: Column) -> HTML { column.isNumber ? " class=\"n\"" : "" }

  /// Nothing without rows.
  var html: HTML {
    guard count > 0 else { return "" }
    var head: HTML = ""
    for column in columns {
      head += "<th role=\"columnheader\" scope=\"col\"\(HTMLTable.number(column))>\(column.title)</th>"
    }
    return """
      <table role="table" class="wide"><caption>\(caption)</caption><thead role="rowgroup"><tr role="row">\(head)</tr></thead>
      <tbody role="rowgroup">
      \(rows)</tbody></table>

      """
  }
}

extension HTML {
  /// A text whose long words (paths, lists, names) may break after a sign, and whose shorter ones with a hyphen (options, times) are kept
  /// together. No word breaks inside.
  static func breakable(_ text: String) -> HTML {
    var out = HTML()
    for (index, word) in text.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
      if index > 0 { out += " " }
      guard word.utf8.count > longWord else {
        out += word.contains("-") ? "<span class=\"w\">\(word)</span>" : "\(word)"
        continue
      }
      var piece = ""
      for character in word {
        piece.append(character)
        guard "/_,=".contains(character), piece.utf8.count > 3 else { continue }
        out += "\(piece)<wbr>"
        piece = ""
      }
      out += "\(piece)"
    }
    return out
  }

  /// Bytes of a word that fits a phone.
  private static let longWord = 30

  /// A time, which may break between day and hour.
  static func time(_ time: Timestamp) -> HTML {
    let parts = time.description.split(separator: "T", maxSplits: 1)
    guard parts.count == 2 else { return "\(time)" }
    return "<time datetime=\"\(time)\"><span class=\"w\">\(parts[0])</span> \(parts[1])</time>"
  }

  /// A badge with a verdict.
  static func badge(_ verdict: String) -> HTML { "<span class=\"badge \(verdict)\">\(verdict)</span>" }
}
